"""The errors of the project, without a word about HTTP (http/problem_kinds maps each leaf once).

RecsvcError
├── UsageError               exit 64   a flag or a setting that cannot be
├── BadDataError             exit 65   input that holds nothing usable, or too little
├── InputOutputError         exit 74   a file, a directory or a database that does not answer
│   └── StoreUnavailableError          the store cannot take a write just now
├── LockedError              exit 75   another run holds the lock
├── NothingNewError          exit 3    the same inputs, configuration and code as the newest model
├── UnknownVisitorError      exit 3    nothing is kept under a name
├── GateRefusedError         exit 4    the model was judged and not published
├── ArtifactError            exit 65   a model directory that must not be served
├── InvalidRequestError                a request that cannot be understood
│   └── MissingItemError               a placement that needs an item was asked without one
├── UnknownPlacementError, UnknownItemError, UnknownQuizError, UnknownSessionError, UnknownQuestionError
├── AnswerRefusedError                 an answer the quiz does not accept
├── FactRefusedError                   a correction of a fact that cannot be kept
├── SessionExpiredError                the session is past its end
├── UnauthenticatedError               no key, or none that is taken
├── TokenRefusedError                  a visitor's token that vouches for nobody
├── NotAllowedError                    the credential does not reach this
├── UnknownConfirmationError, ConfirmationExpiredError, ConfirmationUsedError   a link that confirms nothing
├── NoMailerError                      an address that nobody would be asked to confirm
├── TooManyMessagesError               more messages to an address than a day allows
├── BadSignatureError                  a delivery that its sender did not sign
└── TooManyRequestsError               a key, a visitor or an address asked too often
"""


class RecsvcError(Exception):
    """Anything the project says no to; the message names what, where, why and what to do."""

    code: str = "error"
    exit_code: int = 70


class UsageError(RecsvcError):
    """A flag or a setting that cannot be."""

    code = "usage"
    exit_code = 64


class BadDataError(RecsvcError):
    """Input that holds nothing usable, or too little of it."""

    code = "bad_data"
    exit_code = 65


class InputOutputError(RecsvcError):
    """A file, a directory or a database that does not answer."""

    code = "input_output"
    exit_code = 74


class StoreUnavailableError(InputOutputError):
    """The store cannot take a write just now; nothing of it was kept."""

    code = "store_unavailable"


class LockedError(RecsvcError):
    """Another run holds the lock."""

    code = "locked"
    exit_code = 75


class NothingNewError(RecsvcError):
    """The same inputs, configuration and code as the newest model that is not withdrawn."""

    code = "nothing_new"
    exit_code = 3


class UnknownVisitorError(RecsvcError):
    """Nothing is kept under a name; that says nothing of a person whose name was mistyped."""

    code = "unknown_visitor"
    exit_code = 3


class GateRefusedError(RecsvcError):
    """The model was judged and not published."""

    code = "gate_refused"
    exit_code = 4


class ArtifactError(RecsvcError):
    """A model directory that must not be served."""

    code = "artifact"
    exit_code = 65


class InvalidRequestError(RecsvcError):
    """A request that cannot be understood.

    Attributes:
        pointer: JSON pointer to the part at fault, "" for the whole body.
    """

    code = "invalid_request"

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class MissingItemError(InvalidRequestError):
    """A placement that needs an item was asked without one."""

    code = "missing_item"


class UnknownPlacementError(RecsvcError):
    """No placement of that name."""

    code = "unknown_placement"


class UnknownItemError(RecsvcError):
    """No item of that id in the catalogue."""

    code = "unknown_item"


class UnknownQuizError(RecsvcError):
    """No published quiz of that id."""

    code = "unknown_quiz"


class UnknownSessionError(RecsvcError):
    """No quiz session of that id for this visitor."""

    code = "unknown_session"


class UnknownQuestionError(RecsvcError):
    """No question of that id in the quiz."""

    code = "unknown_question"


class AnswerRefusedError(RecsvcError):
    """An answer the quiz does not accept; the session is unchanged.

    Attributes:
        reason: the engine's own code, such as "choice_unknown".
    """

    code = "answer_refused"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class FactRefusedError(RecsvcError):
    """A correction of a fact that cannot be kept; nothing of the request was.

    Attributes:
        reason: the engine's own code, or "unknown_fact", "says_nothing", "consent_missing".
        fact: the one at fault.
    """

    code = "fact_refused"

    def __init__(self, message: str, reason: str, fact: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.fact = fact


class SessionExpiredError(RecsvcError):
    """The session is past its end."""

    code = "session_expired"


class UnauthenticatedError(RecsvcError):
    """The request carries no key, or none that is taken."""

    code = "unauthenticated"


class TokenRefusedError(RecsvcError):
    """A visitor's token that vouches for nobody, or no longer."""

    code = "token_refused"


class NotAllowedError(RecsvcError):
    """The credential does not reach this."""

    code = "not_allowed"


class ElementsOffError(RecsvcError):
    """The operator switched the elements of the shop's pages off."""

    code = "elements_off"


class BadSignatureError(RecsvcError):
    """A delivery that its sender did not sign, or signed with another secret."""

    code = "bad_signature"


class UnknownConfirmationError(RecsvcError):
    """The link of a confirmation that this service did not make."""

    code = "unknown_confirmation"


class ConfirmationExpiredError(RecsvcError):
    """The link of a confirmation is over, and the address forgotten."""

    code = "confirmation_expired"


class ConfirmationUsedError(RecsvcError):
    """The address was confirmed already, or the wish was taken back."""

    code = "confirmation_used"


class NoMailerError(RecsvcError):
    """An address that nobody would be asked to confirm; it was not kept."""

    code = "no_mailer"


class TooManyMessagesError(RecsvcError):
    """A visitor asked for too many messages in a day, or an address would get too many."""

    code = "too_many_messages"


class TooManyRequestsError(RecsvcError):
    """A key, a visitor or an address asked too often.

    Attributes:
        limit: which limit it met.
        per_minute: how many requests that lets through.
        retry_after_s: seconds until it lets the next one through.
    """

    code = "too_many_requests"

    def __init__(self, message: str, *, limit: str, per_minute: int, retry_after_s: int) -> None:
        super().__init__(message)
        self.limit = limit
        self.per_minute = per_minute
        self.retry_after_s = retry_after_s
