from d2animator.live.glide import Glide


def mixed(start: float, end: float, share: float) -> float:
    return start + share * (end - start)


def test_wishes_are_met_at_once_unless_a_way_was_begun():
    glide = Glide(mixed, 0.4)
    assert [glide(wish, 0.1 * wish) for wish in (0.0, 5.0, 1.0)] == [0.0, 5.0, 1.0]


def test_a_way_is_soft_and_ends_in_time():
    glide = Glide(mixed, 0.4)
    glide(0.0, 0)
    glide.begin(1.0)
    shown = [glide(1.0, 1 + 0.05 * step) for step in range(10)]
    assert shown[0] == 0
    assert abs(shown[4] - 0.5) < 1e-9
    assert shown[8:] == [1, 1]
    assert sorted(shown) == shown


def test_a_way_may_begin_before_another_has_ended():
    glide = Glide(mixed, 0.4)
    glide(0.0, 0)
    glide.begin(0)
    halfway = glide(1.0, 0.2)
    glide.begin(0.2)
    assert glide(0.0, 0.2) == halfway
    assert glide(0.0, 0.6) == 0
