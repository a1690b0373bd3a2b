"""Tasks done on a Ray cluster: where one machine is outgrown."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch

from d2animator.animate.tasks import MOST_TRIES, MakeAnimator, Task, Told
from d2animator.errors import ConfigError

if TYPE_CHECKING:
    from d2animator.animator import D2Animator

# Seconds in which a cluster answers.
_ANSWERS_S = 10.0
_LOST = "whoever made it was lost too often, or failed; see the cluster's log"
# In one of Ray's processes: by what made them.
_animators: dict[str, D2Animator] = {}


class Cluster:
    """A crew on a Ray cluster; see `d2animator.animate.tasks.Crew`.

    Ray gives each task one processor, and begins those anew whose machine is lost. All machines
    need this package, and must see the inputs and the output folder under the same names.
    """

    def __init__(self, make: MakeAnimator, address: str) -> None:
        """Connect.

        Args:
            make: Makes an animator where it works.
            address: "auto" for the cluster that this machine belongs to, or ``ray://HOST:PORT``.

        Raises:
            ConfigError: Ray is not installed, or there is no such cluster.
        """
        try:
            import ray
        except ImportError as error:
            raise ConfigError("ray", "needs Ray: pip install 'd2animator[ray]'") from error
        self._ray, self._own = ray, not ray.is_initialized()
        if self._own:
            try:
                _check_reachable(address)
                ray.init(address=address, log_to_driver=False, logging_level="error")
            except (OSError, ValueError, RuntimeError) as error:
                reason = f"no cluster answers at {address} ({_first_line(error)}); ray start --head"
                raise ConfigError("ray", f"{reason} begins one") from error
        self._make = ray.put(make)
        self.size = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def __enter__(self) -> Cluster:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster, which goes on."""
        if self._own:
            self._ray.shutdown()

    def work(self, tasks: Sequence[Task]) -> Iterator[Told]:
        """Have tasks done; see `Crew.work`."""
        ray = self._ray
        do = ray.remote(num_cpus=1, max_retries=MOST_TRIES)(_do)
        asked = {do.remote(self._make, task): task for task in tasks}
        try:
            while asked:
                ready, _ = ray.wait(list(asked), num_returns=1)
                for one in ready:
                    task = asked.pop(one)
                    try:
                        told = ray.get(one)
                    except ray.exceptions.RayError:
                        told = list(task.given_up(_LOST))
                    yield from told
        finally:
            for one in asked:
                ray.cancel(one, force=True)


def _do(make: MakeAnimator, task: Task) -> list[Told]:
    """Do a task in one of Ray's processes; its animator is kept for the next one."""
    torch.set_num_threads(1)
    how = repr(make)
    if how not in _animators:
        _animators[how] = make()
    return list(task.do(_animators[how]))


def _check_reachable(address: str) -> None:
    """Raise an `OSError` where nobody listens at all, which Ray would wait minutes for."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_ANSWERS_S).close()


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]
