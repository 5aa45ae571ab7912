"""Building the contract's values without checking what is right by construction, at a fifth of `model_construct`'s time.

An assessment has some ten factors, each new with the case: measured, most of an assessment went into building them.
"""

from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)
_put = object.__setattr__


def built(model: type[Model], values: dict[str, object], given: set[str]) -> Model:
    """Returns a `model` of `values`, which must name every field; `given` are the names of its fields.

    Sets what pydantic's own `model_construct` sets (pydantic.main, documented as the attributes of an instance).
    """
    made = model.__new__(model)
    _put(made, "__dict__", values)
    _put(made, "__pydantic_fields_set__", given)
    _put(made, "__pydantic_extra__", {} if model.model_config.get("extra") == "allow" else None)
    _put(made, "__pydantic_private__", None)
    return made
