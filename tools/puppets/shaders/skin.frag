in vec3 world; in vec3 n; in vec3 r; in vec2 t; in vec2 ao; in float cap;
out vec4 colour;
uniform sampler2D mask_a;    // lips, blush, beard, lids
uniform sampler2D mask_b;    // along brow, warm, across brow, oily
uniform bool is_face;
uniform vec3 skin, lip, brow, hair, cloth;
uniform float lipstick, blush, beard, lid_shade, lash;
uniform float brow_thickness, brow_strength, shine, mouth_open;
uniform vec4 raised;         // strength of brows raised and drawn together, smile, squint
uniform float wrinkles;      // how deep this skin folds

// A fold at a signed distance (cm): how dark it is, and how far it tips the normal across it.
vec2 fold(float distance, float width) {
    float d = distance / width;
    float bell = exp(-d * d);
    return vec2(bell, -2.0 * d * bell);
}

// Folds of the expression, on the neutral head's centimetres: darkness, and the normal's tilt.
vec3 folds(vec3 r) {
    float side = abs(r.x), outward = sign(r.x);
    vec3 sum = vec3(0.0);
    float brow = raised.x * (1.0 - smoothstep(2.6, 5.0, side)) * smoothstep(5.9, 6.7, r.y);
    for (int i = 0; i < 3; ++i) {
        float y = 6.75 + 0.85 * float(i) - 0.035 * side * side + 0.08 * sin(2.1 * r.x + float(i) * 2.0);
        vec2 f = fold(r.y - y, 0.20) * brow * (1.0 - 0.18 * float(i));
        sum += vec3(f.x, 0.0, f.y);
    }
    float drawn = raised.y * smoothstep(3.9, 4.5, r.y) * (1.0 - smoothstep(5.6, 6.4, r.y));
    vec2 f = fold(side - 0.50 - 0.08 * (r.y - 5.0), 0.17) * drawn;
    sum += vec3(f.x, f.y * outward, 0.0);
    // From the wing of the nose past the corner of the mouth.
    float place = clamp((0.4 - r.y) / 4.2, 0.0, 1.0);
    float smile = raised.z * smoothstep(0.0, 0.15, place) * (1.0 - smoothstep(0.7, 1.0, place));
    f = fold(side - mix(1.75, 3.55, pow(place, 0.8)), 0.26) * smile;
    sum += vec3(f.x, f.y * outward, 0.35 * f.y) * 1.3;
    // Three short rays outwards from the corner of the eye.
    vec2 from = vec2(side - 4.35, r.y - 3.35);
    float reach = raised.w * smoothstep(0.25, 0.6, from.x) * (1.0 - smoothstep(0.9, 1.7, from.x));
    for (int i = -1; i < 2; ++i) {
        f = fold(from.y - from.x * (0.42 * float(i) - 0.05), 0.13) * reach;
        sum += vec3(f.x, 0.0, f.y) * 0.8;
    }
    return sum * step(4.0, r.z);
}

void main() {
    vec3 normal = normalize(n), view = normalize(camera - world);
    vec2 q = r.xy * 0.21 + r.z * vec2(0.13, 0.17);
    vec4 fine = texture(noise, q * 1.9), coarse = texture(noise, q * 0.55 + 0.3);
    vec3 albedo = skin * (1.0 + 0.05 * (coarse.b - 0.5));
    float roughness = 0.50, specular = shine, hairy = 0.0;
    if (is_face) {
        vec4 a = texture(mask_a, t), b = texture(mask_b, t);
        albedo = mix(albedo, albedo * vec3(1.12, 0.74, 0.72), a.g * blush);
        albedo = mix(albedo, albedo * vec3(1.06, 0.86, 0.84), b.g * 0.55);
        albedo = mix(albedo, hair * 0.5 + skin * 0.12, clamp(a.b * beard, 0.0, 0.85));
        albedo = mix(albedo, albedo * mix(vec3(0.86, 0.74, 0.70), vec3(0.62, 0.50, 0.50), lash), a.a * lid_shade);
        albedo = mix(albedo, lip, a.r);
        roughness = mix(roughness, 0.34, a.r);
        specular *= mix(1.0, 1.3 + lipstick, a.r);
        float along = b.r, across = (b.b - 0.5) * 4.0;
        float thickness = brow_thickness * mix(1.0, 0.42, smoothstep(0.55, 1.0, along)) * smoothstep(0.0, 0.16, along);
        float in_brow = 1.0 - smoothstep(thickness - 0.14, thickness + 0.20, abs(across));
        in_brow *= smoothstep(0.0, 0.10, along) * (1.0 - smoothstep(0.90, 0.985, along));
        // Hairs lie along the brow and lean outwards; thin brows show skin between them.
        float hairs = texture(noise, vec2(along * 0.9 + across * 0.30, across * 0.55 - along * 0.25)).a;
        in_brow *= 0.88 + 0.24 * smoothstep(0.30, 0.62, hairs);
        albedo = mix(albedo, brow, in_brow * brow_strength);
        specular *= (1.0 - 0.7 * in_brow) * (1.0 + 0.5 * b.a);
    }
    vec3 folded = is_face ? folds(r) * wrinkles : vec3(0.0);
    albedo = mix(albedo, albedo * vec3(0.80, 0.66, 0.62), clamp(folded.x, 0.0, 1.0));
    hairy = smoothstep(0.3, 0.7, cap + 0.12 * (coarse.b - 0.5) * step(0.01, cap));
    albedo = mix(albedo, hair * 0.7, hairy);
    specular *= 1.0 - 0.85 * hairy;
    float clothed = clothed_at(r);
    albedo = mix(albedo, cloth_at(cloth, r), clothed);
    specular *= 1.0 - 0.8 * clothed;

    vec3 tilt = mat3(head_matrix) * vec3(folded.yz, 0.0) * 0.16;
    vec3 bumped = normalize(normal - tilt + vec3((fine.rg - 0.5) * 0.08 * (1.0 - hairy), 0.0));
    float open_sky = mix(1.0, mix(ao.x, ao.y, mouth_open), 0.85);
    float lit = lit_by_key(world + normal * 0.18, 0.002);
    // Light wraps around skin, red furthest: a cheap stand-in for scattering below the surface.
    vec3 wrap = mix(vec3(0.42, 0.20, 0.13), vec3(0.0), clothed);
    vec3 diffuse = clamp((vec3(mix(dot(normal, key_direction), dot(bumped, key_direction), 0.5)) + wrap) / (1.0 + wrap), 0.0, 1.0);
    diffuse *= diffuse * 0.35 + 0.65;
    vec3 soft_lit = mix(pow(vec3(lit), vec3(0.62, 0.95, 1.05)), vec3(lit), clothed);
    vec3 c = albedo * (ambient(bumped) * pow(vec3(open_sky), vec3(0.75, 1.0, 1.08)) + key_colour * diffuse * soft_lit * mix(1.0, open_sky, 0.4));
    c += albedo * rim(normal) * open_sky;
    vec3 halfway = normalize(key_direction + view);
    float fresnel = 0.028 + 0.97 * pow(1.0 - max(dot(view, halfway), 0.0), 5.0);
    float facing = max(dot(bumped, view), 0.05), towards = max(dot(bumped, key_direction), 0.0);
    float lobes = gloss(bumped, halfway, roughness) * 0.75 + gloss(bumped, halfway, roughness * 0.62) * 0.35;
    c += key_colour * lit * specular * fresnel * lobes * towards / (4.0 * facing * max(towards, 0.1) + 0.05) * open_sky;
    colour = vec4(develop(c), 1.0);
}
