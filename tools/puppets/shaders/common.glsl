#version 330
// Shared by every program. World space: cm, y up, camera on the z axis.
uniform mat4 projection;     // world to clip
uniform mat4 light_view;     // world to the key light's shadow map
uniform mat4 head_matrix;    // head to world
uniform vec3 camera;
uniform vec3 key_direction;
uniform vec3 key_colour;
uniform vec3 ambient_base;
uniform vec3 ambient_tilt;   // relative gain towards +x, +y, +z
uniform vec3 rim_direction;
uniform float rim_strength;
