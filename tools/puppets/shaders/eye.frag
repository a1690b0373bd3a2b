in vec3 world; in vec3 n; in vec3 local;
out vec4 colour;
uniform vec3 iris;
uniform float iris_radius;
uniform vec3 head_up;
void main() {
    vec3 normal = normalize(n), view = normalize(camera - world), d = normalize(local);
    float radius = length(d.xy) / iris_radius, angle = atan(d.y, d.x);
    vec3 white = mix(vec3(0.82, 0.78, 0.75), vec3(0.80, 0.56, 0.51), smoothstep(0.5, 1.0, length(d.xy)) * 0.6);
    float rays = texture(noise, vec2(angle * 0.9, radius * 0.12)).a;
    vec3 ring = iris * (0.85 + 0.6 * rays) * mix(1.35, 1.0, smoothstep(0.4, 0.85, radius));
    ring *= 1.0 - 0.75 * smoothstep(0.78, 1.02, radius);
    vec3 c = mix(vec3(0.008), ring, smoothstep(0.36, 0.46, radius));
    c = mix(c, white, smoothstep(0.93, 1.07, radius));
    float lit = lit_by_key(world + normal * 0.2, 0.002);
    float under_lid = mix(1.0, 0.55, smoothstep(-0.02, 0.42, dot(normal, head_up)));
    float towards = max(dot(normal, key_direction) * 0.8 + 0.2, 0.0);
    c *= (ambient(normal) * 0.95 + key_colour * towards * lit * 0.85) * under_lid;
    vec3 halfway = normalize(key_direction + view);
    c += key_colour * min(gloss(normal, halfway, 0.16) * 0.03, 1.6) * mix(0.4, 1.0, lit);
    colour = vec4(develop(c), 1.0);
}
