"""schema: holds a JSON value against the part of JSON Schema that docs/schema.json uses. Not a test."""
import json
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "minimum", "maximum", "minLength", "minItems",
         "properties", "required", "additionalProperties", "items", "oneOf", "anyOf"}


class Schema:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = json.load(file)

    def wrong(self, value):
        """What is wrong with a record, as a list of sentences."""
        for choice in self.root["oneOf"]:
            rule = self._follow(choice)
            if isinstance(value, dict) and value.get("type") == rule["properties"]["type"]["const"]:
                return list(self._check(rule, value, value["type"]))
        return ["no record of type %r" % (value.get("type") if isinstance(value, dict) else value)]

    def _follow(self, rule):
        while "$ref" in rule:
            rule = self.root["$defs"][rule["$ref"].rsplit("/", 1)[1]]
        return rule

    @staticmethod
    def _is(kind, value):
        if kind == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        if kind == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        return isinstance(value, TYPES[kind])

    def _check(self, rule, value, where):
        rule = self._follow(rule)
        if set(rule) - KNOWN:
            yield "%s: the schema uses %s, which this test does not know" % (where, set(rule) - KNOWN)
        kinds = rule.get("type")
        if kinds and not any(self._is(kind, value) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
            yield "%s: %r is no %s" % (where, value, kinds)
            return
        if "const" in rule and value != rule["const"] or "enum" in rule and value not in rule["enum"]:
            yield "%s: %r is not allowed" % (where, value)
        if "anyOf" in rule:
            answers = [list(self._check(choice, value, where)) for choice in rule["anyOf"]]
            if all(answers):
                yield from answers[0]
        if isinstance(value, str):
            if "pattern" in rule and not re.search(rule["pattern"], value):
                yield "%s: %r is not like %s" % (where, value, rule["pattern"])
            if len(value) < rule.get("minLength", 0):
                yield "%s: too short" % where
        if self._is("integer", value) and not rule.get("minimum", value) <= value <= rule.get("maximum", value):
            yield "%s: %d is out of range" % (where, value)
        if isinstance(value, list):
            if len(value) < rule.get("minItems", 0):
                yield "%s: too few" % where
            for at, item in enumerate(value):
                yield from self._check(rule.get("items", {}), item, "%s[%d]" % (where, at))
        if isinstance(value, dict):
            yield from self._object(rule, value, where)

    def _object(self, rule, value, where):
        known, more = rule.get("properties", {}), rule.get("additionalProperties", {})
        for name in rule.get("required", []):
            if name not in value:
                yield "%s: %s is absent" % (where, name)
        for name, item in value.items():
            if name in known:
                yield from self._check(known[name], item, "%s.%s" % (where, name))
            elif more is False:
                yield "%s: %s is not in the schema" % (where, name)
            else:
                yield from self._check(more, item, "%s.%s" % (where, name))
