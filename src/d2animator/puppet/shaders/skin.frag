in vec3 world; in vec3 n; in vec3 r; in vec2 t; in vec2 ao; in float cap;
out vec4 colour;
uniform sampler2D mask_a;    // lips, blush, beard, lids
uniform sampler2D mask_b;    // along brow, warm, across brow, oily
uniform bool is_face;
uniform vec3 skin, lip, brow, hair, cloth;
uniform float lipstick, blush, beard, lid_shade, lash;
uniform float brow_thickness, brow_strength, shine, neckline, mouth_open;

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
        albedo = mix(albedo, brow, in_brow * brow_strength);
        specular *= (1.0 - 0.7 * in_brow) * (1.0 + 0.5 * b.a);
    }
    hairy = smoothstep(0.3, 0.7, cap + 0.12 * (coarse.b - 0.5) * step(0.01, cap));
    albedo = mix(albedo, hair * 0.7, hairy);
    specular *= 1.0 - 0.85 * hairy;
    float clothed = smoothstep(-0.08, 0.08, neckline + 0.10 * r.z - r.y);
    albedo = mix(albedo, cloth, clothed);
    specular *= 1.0 - 0.8 * clothed;

    vec3 bumped = normalize(normal + vec3((fine.rg - 0.5) * 0.08 * (1.0 - hairy), 0.0));
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
