uniform sampler2DShadow shadow_map;
uniform sampler2D noise;

float lit_by_key(vec3 world, float bias) {
    vec3 at = (light_view * vec4(world, 1.0)).xyz * 0.5 + 0.5;
    float step = 1.4 / 512.0;
    float sum = 0.0;
    for (int i = 0; i < 4; ++i) {
        vec2 offset = vec2(i < 2 ? -0.6 : 0.6, i % 2 == 0 ? -1.0 : 1.0) * step;
        sum += texture(shadow_map, vec3(at.xy + offset, at.z - bias));
    }
    return sum * 0.25;
}

vec3 ambient(vec3 normal) {
    return max(ambient_base * (1.0 + dot(ambient_tilt, normal)), vec3(0.0));
}

float gloss(vec3 normal, vec3 halfway, float roughness) {
    float a2 = pow(roughness, 4.0);
    float d = max(dot(normal, halfway), 0.0);
    float k = d * d * (a2 - 1.0) + 1.0;
    return a2 / (3.1416 * k * k);
}

float rim(vec3 normal) {
    return rim_strength * max(dot(normal, rim_direction), 0.0);
}

// A soft shoulder, then display gamma.
vec3 develop(vec3 c) {
    c = max(c, vec3(0.0));
    c = c * (1.0 + 0.16 * c) / (1.0 + 0.55 * c) * 1.12;
    return pow(c, vec3(1.0 / 2.2));
}
