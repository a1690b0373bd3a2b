uniform float neckline;      // height of the collar in cm
uniform float stripes;       // their contrast

float clothed_at(vec3 rest) {
    return smoothstep(-0.08, 0.08, neckline + 0.10 * rest.z - rest.y);
}

vec3 cloth_at(vec3 base, vec3 rest) {
    float stripe = smoothstep(-0.2, 0.2, sin(2.9 * (rest.y + 0.12 * rest.z)));
    return mix(base, vec3(0.62, 0.60, 0.57), stripe * stripes);
}
