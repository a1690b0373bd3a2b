in vec3 world; in vec3 n; in vec3 r; in vec2 t; in vec2 ao; in float cap;
out vec4 colour;
uniform vec3 base;
uniform float shine, front_z, mouth_open;
void main() {
    vec3 normal = normalize(n), view = normalize(camera - world);
    if (dot(normal, view) < 0.0) normal = -normal;
    // The further back in the mouth, the darker.
    float open_sky = mix(0.35, 1.0, ao.y) * mix(0.08, 1.0, smoothstep(front_z, front_z + 3.2, r.z)) * mix(0.6, 1.0, mouth_open);
    float lit = mix(lit_by_key(world + normal * 0.1, 0.002), 1.0, 0.25);
    vec3 c = base * (ambient(normal) * 0.8 + key_colour * max(dot(normal, key_direction) * 0.75 + 0.25, 0.0) * lit * 0.8) * open_sky;
    c += key_colour * lit * shine * 0.04 * gloss(normal, normalize(key_direction + view), 0.25) * open_sky;
    colour = vec4(develop(c), 1.0);
}
