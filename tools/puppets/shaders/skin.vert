in vec3 position; in vec3 normal; in vec3 rest; in vec2 uv; in vec2 occlusion; in float scalp;
out vec3 world; out vec3 n; out vec3 r; out vec2 t; out vec2 ao; out float cap;
void main() {
    world = position; n = normal; r = rest; t = uv; ao = occlusion; cap = scalp;
    gl_Position = projection * vec4(position, 1.0);
}
