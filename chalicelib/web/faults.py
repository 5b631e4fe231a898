"""Facts about a request itself, whatever the domain."""

from __future__ import annotations

from chalicelib.errors import Invalid, NotAllowed, NotFound, Refused


class Malformed(Invalid):
    """The request cannot be read at all: broken JSON, broken encoding. 400."""

    code = "malformed"


class UnknownField(Malformed):
    """A field that this operation does not have. Field: ``field``. 400."""

    code = "unknown_field"


class PayloadTooLarge(Invalid):
    """The body is over its limit. Field: ``limit_kb``. 413."""

    code = "payload_too_large"


class UnsupportedMedia(Invalid):
    """The body has a content type that this address does not read. Field: ``content_type``. 415."""

    code = "unsupported_media"


class MethodNotAllowed(Invalid):
    """The address exists, but not for this method. Field: ``allow``. 405."""

    code = "method_not_allowed"


class PageNotFound(NotFound):
    """No such address. 404."""

    code = "page_not_found"


class DownloadTooLarge(Refused):
    """More than one answer may carry (Lambda: 6 MB, 4.5 MB before base64). Field: ``limit_mb``."""

    code = "download_too_large"


class FormExpired(Refused):
    """A form older than a day. What was filled in is shown again, ready to be sent."""

    code = "form_expired"


class FormForged(NotAllowed):
    """The form was not made by us for this browser, this person and this purpose."""

    code = "form_forged"


class NoCookie(NotAllowed):
    """The browser sent a form but does not keep our cookie."""

    code = "no_cookie"


class CrossSite(NotAllowed):
    """Another site made the browser send this."""

    code = "cross_site"
