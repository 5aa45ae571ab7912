"""Reading a YAML file of data strictly: one mapping, every key once."""

from collections.abc import Hashable

import yaml


class NotYaml(ValueError):
    """The bytes are not one YAML mapping with unique keys; says where and why."""


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML takes the last of two equal keys in silence; a law that is given twice must not be half read."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the field {key!r} stands twice; keep one", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_mapping(content: bytes) -> dict[str, object]:
    """Returns the mapping that `content` holds. Raises NotYaml with line and reason."""
    try:
        data = yaml.load(content, Loader=_UniqueKeys)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as e:
        line = "" if e.problem_mark is None else f"line {e.problem_mark.line + 1}: "
        raise NotYaml(f"{line}{e.problem or e.context or 'not YAML'}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise NotYaml(f"not YAML in UTF-8: {type(e).__name__}; save it again as UTF-8 text") from None
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise NotYaml("holds no mapping of fields; write `field: value` lines")
    return data
