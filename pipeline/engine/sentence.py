"""The sentence on an item that failed alone the set number of times: given up, parked, or the stage halts."""

from pipeline.engine.batch import Batch
from pipeline.engine.errors import Halted, Poisoned
from pipeline.engine.poison import Suspects
from pipeline.engine.settings import WorkerSettings


def sentence(suspects: Suspects, batch: Batch, now: float, settings: WorkerSettings, replaceable: bool) -> Suspects:
    """Returns the suspects after giving up the one item of `batch` at real unix time `now`.

    A record leaves the suspects and counts as an internal error; a timer is parked, for a completion that of its key.
    Raises Poisoned when the stage cannot replace a record's handling (no report may be skipped in silence), Halted above
    the hourly limit.
    """
    if not batch.records:
        key = batch.due[0] if batch.due else batch.done[0].key
        return suspects.park(key, now + settings.park_s)
    if not replaceable:
        raise Poisoned(f"{batch.describe()} failed {settings.attempts} times and the stage has no on_poison")
    if suspects.errors_within_hour(now) >= settings.internal_errors_per_hour:
        raise Halted(
            f"over {settings.internal_errors_per_hour} internal errors in an hour, now {batch.describe()}: "
            "a bad deploy is likelier than bad records; mend it or raise the limit"
        )
    return suspects.clear(batch).erred(now)
