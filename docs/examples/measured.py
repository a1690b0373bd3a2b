from d2animator import load_bundle

directions = load_bundle("puppet").directions
if directions is None or directions.table is None:
    raise SystemExit("this bundle has no measured directions")
table = directions.table
yaw = table.actions.index("yaw")
for name, region, effects in zip(directions.names, table.regions, table.effects, strict=True):
    print(f"{name:20} {region:6} turns the head by {effects[yaw]:+.1f} degrees")
