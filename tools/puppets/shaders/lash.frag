in vec3 world; in vec3 n; in vec3 r; in vec2 t; in vec2 ao; in float cap;
out vec4 colour;
uniform bool is_lash;
uniform vec3 base;
uniform float strength;
uniform vec2 lids_closed;    // left, right
void main() {
    float alpha;
    if (is_lash) {
        // Too fine to draw one by one at these sizes: a fringe that thins out towards the tips.
        alpha = 0.55 * strength * (1.0 - smoothstep(0.1, 0.95, t.y));
    } else {
        float edge = abs(2.0 * t.y - 1.0);
        alpha = 0.72 * pow(edge, 3.5) * smoothstep(0.0, 0.06, t.x) * (1.0 - (r.x > 0.0 ? lids_closed.x : lids_closed.y));
    }
    colour = vec4(base, alpha);
}
