"""Shapes that every part of the API shares."""

from collections.abc import Mapping
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class Strict(serializers.Serializer[Any]):
    """A body in which every name is known: one that nothing reads is a mistake, not a surprise later."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values. Raises ValidationError with all mistakes, unknown names among them."""
        unknown = [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        found: dict[str, Any] = {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            found = error.detail
        if unknown:
            sentence = _("Leave this out: nothing reads a field of this name.")
            detail = ErrorDetail(sentence, "unknown_field")
            raise serializers.ValidationError({**found, **{str(name): [detail] for name in unknown}})
        return values


class Choice(serializers.ChoiceField):
    """One of a few words. Unlike the framework's, its refusal names the words and not what was sent."""

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        if key != "invalid_choice":
            super().fail(key, **kwargs)
        options = ", ".join(str(choice) for choice in self.choices)
        raise serializers.ValidationError(_("Use one of: %(options)s.") % {"options": options}, code=key)


class MistakeSerializer(serializers.Serializer[Any]):
    """One thing to repair, and where: in the body, in a query parameter or in a header."""

    detail = serializers.CharField(help_text="A sentence in the language of the request.")
    code = serializers.CharField(help_text="What kind of mistake it is, such as `missing` or `wrong_form`.")
    pointer = serializers.CharField(required=False, help_text="JSON pointer into the body, such as `#/values/amount`.")
    parameter = serializers.CharField(required=False, help_text="Name of the query parameter.")
    header = serializers.CharField(required=False, help_text="Name of the header.")


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. Some types have members of their own, which their endpoints describe."""

    type = serializers.CharField(help_text="A tag URI that names the type; `about:blank` where the status says it all.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`errors` is taken in the class, not in the answer."""
        return {**super().get_fields(), "errors": MistakeSerializer(many=True, required=False)}
