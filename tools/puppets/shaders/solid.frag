in vec3 world; in vec3 n; in vec2 s;
out vec4 colour;
uniform vec3 base;
uniform float shine, opacity, knit;
void main() {
    vec3 normal = normalize(n), view = normalize(camera - world);
    bool inside = dot(normal, view) < 0.0;
    if (inside) normal = -normal;
    // Ribs run from the crown down.
    float rib = sin(6.2832 * s.x * 60.0);
    float grain = texture(noise, vec2(s.x * 9.0, s.y * 3.0)).b - 0.5;
    vec3 albedo = base * (1.0 + knit * (0.10 * rib + 0.5 * grain));
    if (inside) albedo *= 0.45;
    float lit = lit_by_key(world + normal * 0.3, 0.004);
    vec3 c = albedo * (ambient(normal) + key_colour * max(dot(normal, key_direction), 0.0) * lit + rim(normal));
    vec3 halfway = normalize(key_direction + view);
    c += key_colour * lit * shine * (pow(max(dot(normal, halfway), 0.0), 40.0) * 0.5 + 0.04);
    colour = vec4(develop(c), opacity);
}
