"""Problem kinds: what each refusal is called, its status and what to do about it, in one table."""

from typing import NamedTuple

from recsvc.domain import errors


class ProblemKind(NamedTuple):
    """One kind of refusal; its page is /problems/{name}."""

    name: str
    status: int
    title: str
    advice: str  # what it means and what to do


INVALID = ProblemKind(
    "invalid-request", 400, "The request cannot be understood", "Correct what `errors` points at."
)
INTERNAL = ProblemKind(
    "internal",
    500,
    "The service failed",
    "It is ours to repair: report the request_id; the log holds the cause.",
)

OVERLOADED = ProblemKind(
    "overloaded",
    503,
    "The service has too much to do",
    "Nothing of the request was begun: ask again after the seconds of `Retry-After`, or go on without.",
)

ERRORS: dict[type[errors.RecsvcError], ProblemKind] = {
    errors.UsageError: ProblemKind("usage", 400, "That cannot be asked", "Read what the sentence asks for."),
    errors.BadDataError: ProblemKind(
        "bad-data", 400, "Nothing usable was sent", "Compare what was sent with the API's description."
    ),
    errors.InputOutputError: ProblemKind(
        "input-output", 503, "A file or database does not answer", "Try again; the operator's log says which."
    ),
    errors.StoreUnavailableError: ProblemKind(
        "store-unavailable",
        503,
        "Nothing can be stored just now",
        "Nothing was kept: send the same again later.",
    ),
    errors.LockedError: ProblemKind("locked", 409, "Another run holds the lock", "Wait for it to end."),
    errors.NothingNewError: ProblemKind(
        "nothing-new", 409, "There is nothing new", "The newest model was made from the same inputs."
    ),
    errors.UnknownVisitorError: ProblemKind(
        "unknown-visitor", 404, "Nothing is kept under that name", "Compare the name with the shop's own."
    ),
    errors.GateRefusedError: ProblemKind(
        "gate-refused",
        409,
        "The model was not published",
        "It was judged worse than it must be; the old one serves.",
    ),
    errors.ArtifactError: ProblemKind(
        "artifact", 503, "The model cannot be served", "The operator trains again or rolls back."
    ),
    errors.InvalidRequestError: INVALID,
    errors.MissingItemError: ProblemKind(
        "missing-item", 400, "The placement needs an item", "Name the product of the page as `item`."
    ),
    errors.UnknownPlacementError: ProblemKind(
        "unknown-placement", 404, "There is no such placement", "The sentence lists the placements there are."
    ),
    errors.UnknownItemError: ProblemKind(
        "unknown-item", 404, "There is no such item", "Send the item with PUT /v1/items first."
    ),
    errors.UnknownQuizError: ProblemKind(
        "unknown-quiz",
        404,
        "There is no such quiz",
        "Only published quizzes are served; the sentence lists them.",
    ),
    errors.UnknownSessionError: ProblemKind(
        "unknown-session", 404, "There is no such quiz session", "Start the quiz again."
    ),
    errors.UnknownQuestionError: ProblemKind(
        "unknown-question", 404, "There is no such question", "The sentence lists the questions of the quiz."
    ),
    errors.AnswerRefusedError: ProblemKind(
        "answer-refused",
        422,
        "The quiz does not accept this answer",
        "The session is unchanged; answer again.",
    ),
    errors.FactRefusedError: ProblemKind(
        "fact-refused",
        422,
        "The fact cannot be kept like this",
        "Nothing was changed; correct what `errors` points at, or send null to forget the fact.",
    ),
    errors.SessionExpiredError: ProblemKind(
        "session-expired",
        409,
        "The quiz session has ended",
        "Its result can be read; start again to change it.",
    ),
    errors.UnauthenticatedError: ProblemKind(
        "unauthenticated",
        401,
        "A key is needed",
        "Send `Authorization: Bearer KEY` with a key that `recsvc keys create` printed and nobody revoked.",
    ),
    errors.TokenRefusedError: ProblemKind(
        "token-refused",
        401,
        "The token of the visitor is not taken",
        "Let the shop's server sign another one, for at most 15 minutes.",
    ),
    errors.NotAllowedError: ProblemKind(
        "not-allowed", 403, "This is not allowed", "The sentence says what would be."
    ),
    errors.ElementsOffError: ProblemKind(
        "elements-off",
        503,
        "The elements are switched off",
        "Leave the page as the shop wrote it; the operator's setting `elements` turns them on.",
    ),
    errors.BadSignatureError: ProblemKind(
        "bad-signature",
        401,
        "The signature does not fit the body",
        "Sign the bytes that are sent with the secret that this service knows.",
    ),
    errors.UnknownConfirmationError: ProblemKind(
        "unknown-confirmation", 404, "The link is not of this service", "Open it as it stands in the message."
    ),
    errors.ConfirmationExpiredError: ProblemKind(
        "confirmation-expired", 410, "The link is over", "Enter the address again; another message comes."
    ),
    errors.ConfirmationUsedError: ProblemKind(
        "confirmation-used", 409, "The link was used already", "There is nothing left to do."
    ),
    errors.NoMailerError: ProblemKind(
        "no-mailer",
        503,
        "No message can be sent",
        "The address was not kept; the operator names a destination of the kind `mailer`.",
    ),
    errors.TooManyMessagesError: ProblemKind(
        "too-many-messages",
        429,
        "There were too many messages",
        "Nothing was kept or sent; try tomorrow. `per_address` and `per_visitor` of [contacts] say how many.",
    ),
    errors.TooManyRequestsError: ProblemKind(
        "too-many-requests",
        429,
        "There were too many requests",
        "Wait for the seconds of `Retry-After`; `RateLimit-Policy` says how many a minute there may be.",
    ),
}
"""Each error of domain/errors once."""

STATUSES: dict[int, ProblemKind] = {
    400: INVALID,
    404: ProblemKind("not-found", 404, "There is no such address", "/docs lists the addresses there are."),
    405: ProblemKind(
        "method-not-allowed", 405, "The address takes other methods", "The header Allow lists them."
    ),
    408: ProblemKind(
        "too-slow", 408, "The body did not arrive in time", "Send it again over a better line, or in pieces."
    ),
    413: ProblemKind("too-large", 413, "The body is too large", "Send it in several requests."),
    415: ProblemKind(
        "unsupported-media-type",
        415,
        "The body is of a type that is not read here",
        "Send what the sentence names.",
    ),
    500: INTERNAL,
}
"""What the framework itself refuses."""

KINDS = {kind.name: kind for kind in (*ERRORS.values(), *STATUSES.values(), OVERLOADED)}
