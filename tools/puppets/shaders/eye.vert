in vec3 direction;
uniform mat3 eye_rotation;
uniform vec4 eyeball;        // centre in head space, radius
out vec3 world; out vec3 n; out vec3 local;
void main() {
    float bulge = smoothstep(0.905, 0.985, direction.z) * 0.050;   // the cornea
    vec3 turned = eye_rotation * direction;
    world = (head_matrix * vec4(eyeball.xyz + turned * eyeball.w * (1.0 + bulge), 1.0)).xyz;
    n = mat3(head_matrix) * turned;
    local = direction;
    gl_Position = projection * vec4(world, 1.0);
}
