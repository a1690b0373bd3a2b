in vec2 at;
out vec4 colour;
uniform vec3 first, second;
uniform vec2 axis;
uniform float glow;
void main() {
    vec3 c = mix(first, second, clamp(dot(at, axis) * 0.5 + 0.5, 0.0, 1.0));
    c *= 1.0 + glow * exp(-1.2 * dot(at, at)) - 0.10 * dot(at, at);
    colour = vec4(pow(max(c, vec3(0.0)), vec3(1.0 / 2.2)), 0.0);   // alpha 0: not the puppet
}
