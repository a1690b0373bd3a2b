in vec3 world; in vec3 n; in vec2 s;
out vec4 colour;
uniform vec3 hair;
uniform float wave_count;
void main() {
    vec3 normal = normalize(n), view = normalize(camera - world);
    bool inside = dot(normal, view) < 0.0;
    if (inside) normal = -normal;
    float streak = texture(noise, vec2(s.x * 3.0, s.y * 0.12)).b - 0.5;
    float clump = 0.5 + 0.5 * sin(6.2832 * s.x * wave_count * 3.0 + 2.0 * sin(9.0 * s.y));
    vec3 albedo = hair * (0.72 + 1.0 * streak + 0.42 * clump) * mix(0.75, 1.1, s.y);
    float lit = lit_by_key(world + normal * 0.25, 0.004);
    float towards = clamp(dot(normal, key_direction) * 0.65 + 0.35, 0.0, 1.0);
    vec3 c = albedo * (ambient(normal) * 0.9 + key_colour * towards * mix(0.35, 1.0, lit));
    vec3 halfway = normalize(key_direction + view);
    float band = pow(max(dot(normal, halfway), 0.0), 9.0) * (0.7 + 0.8 * streak);
    c += key_colour * lit * band * (0.035 + 0.35 * albedo);
    c += rim(normal) * albedo * 1.3;
    if (inside) c *= 0.35;
    colour = vec4(develop(c), 1.0);
}
