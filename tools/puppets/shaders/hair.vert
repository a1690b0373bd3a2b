in vec3 position; in vec3 normal; in vec2 strand;
out vec3 world; out vec3 n; out vec2 s;
void main() {
    world = (head_matrix * vec4(position, 1.0)).xyz;
    n = mat3(head_matrix) * normal;
    s = strand;
    gl_Position = projection * vec4(world, 1.0);
}
