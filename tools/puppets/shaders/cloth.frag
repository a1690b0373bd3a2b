in vec3 world; in vec3 n;
out vec4 colour;
uniform vec3 base;
uniform bool is_collar;
void main() {
    vec3 normal = normalize(n), view = normalize(camera - world);
    if (dot(normal, view) < 0.0) normal = -normal;
    vec3 cloth = is_collar ? base : cloth_at(base, world);
    vec3 albedo = cloth * (1.0 + 0.15 * (texture(noise, world.xy * 0.12 + world.z * 0.07).b - 0.5));
    float lit = lit_by_key(world + normal * 0.2, 0.003);
    vec3 c = albedo * (ambient(normal) + key_colour * max(dot(normal, key_direction), 0.0) * lit + rim(normal));
    colour = vec4(develop(c), 1.0);
}
