in vec3 position; in vec3 normal;
out vec3 world; out vec3 n;
void main() { world = position; n = normal; gl_Position = projection * vec4(position, 1.0); }
