from dataclasses import replace

from d2animator.bundles.bundle import load_bundle, save_bundle

own = load_bundle("puppet")  # the folder of your generator's bundle
puppet = load_bundle("puppet")
start = replace(own, finder=puppet.finder, landmark_network=puppet.landmark_network)
save_bundle(start, "start")
