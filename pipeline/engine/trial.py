"""The trial of a batch whose handling failed: tried again, in halves, accused for the next owner, or given up."""

from collections import deque
from collections.abc import Callable

from pipeline.engine.batch import Batch
from pipeline.engine.books import Books
from pipeline.engine.errors import HandlerFailed, Poisoned, Transient
from pipeline.engine.patience import Patience
from pipeline.engine.poison import Poison
from pipeline.engine.sentence import sentence
from pipeline.engine.story import Story
from pipeline.engine.surroundings import Surroundings
from pipeline.engine.trace import where
from pipeline.engine.transaction import Tx
from pipeline.timebase import Clock


class Trial:
    """Judges the failures of one partition. `transaction` makes the one in which a dead letter takes a handler's place."""

    def __init__(self, around: Surroundings, books: Books, story: Story, transaction: Callable[[Batch], Tx]) -> None:
        self._around, self._books, self._story, self._transaction = around, books, story, transaction
        self.again: deque[Batch] = deque()
        """What is to be handled next, before anything new."""
        self.patience = Patience(around.settings.budgets.transient_s)

    async def failed(self, batch: Batch, failure: HandlerFailed) -> None:
        """Puts the batch or its halves into `again`, or gives it up; raises where the process must end."""
        error = failure.__cause__
        assert isinstance(error, Exception)
        story, suspects = self._story, self._books.suspects
        story.dropped(batch, error)
        if isinstance(error, Transient):
            self.patience.failed(batch.describe())
            story.retried()
            self.again.appendleft(batch)
            return
        self.patience.succeeded()
        story.failed()
        if (batch.suspect or batch.done) and batch.size > 1:  # completions die with the process: halved before it ends
            self.again.extendleft(reversed(batch.halves()))
            return
        if batch.done or (batch.suspect and suspects.attempts_in(batch) + 1 >= self._around.settings.attempts):
            await self._give_up(batch, error)
            return
        await self._books.accuse(suspects.accuse(batch).because(story.last_error))
        raise Poisoned(f"handler failed with {type(error).__name__} at {where(error)} on {batch.describe()}")

    async def _give_up(self, batch: Batch, error: Exception) -> None:
        """Puts `on_poison` in the place of the handler for one item that failed alone, the set number of times."""
        books, settings, on_poison = self._books, self._around.settings, self._around.stage.on_poison
        poison, now = Poison.of(batch, books.suspects.attempts_in(batch) + 1, error), Clock.real().now()
        suspects = sentence(books.suspects, batch, now, settings, on_poison is not None)
        tx = self._transaction(batch)
        if on_poison is not None:
            on_poison(tx, poison)
        await books.commit(tx, batch, suspects)
        if poison.timer is not None and poison.timer in books.table:
            books.timers.put_back(poison.timer, self._around.clock.shown(now + settings.park_s))
        self._story.given_up(poison.kind, poison.attempts)
