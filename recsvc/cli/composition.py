"""Composition: the use cases that commands share with the service, over a store, without HTTP."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from recsvc.destinations import open_channels, open_mailer
from recsvc.domain.errors import InvalidRequestError, UnknownPlacementError, UsageError
from recsvc.serving.affinities import Affinities
from recsvc.serving.asked import asked_of
from recsvc.serving.cards import Cards
from recsvc.serving.confirmations import Confirmations, Links
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.mailing import Mailing, Terms
from recsvc.serving.outbox import Outbox
from recsvc.serving.ports import Store
from recsvc.serving.recommend import Recommender
from recsvc.serving.segments import Segments
from recsvc.serving.sharing import Sharing
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.unsubscribing import UnsubscribeLinks
from recsvc.serving.visitor import VisitorReader
from recsvc.settings import Settings, load_settings
from recsvc.stores.secret import read_or_create_secret


def settings_of(config: str | None, state: Path) -> Settings:
    """The settings of a configuration, with the state directory that a command names."""
    named = {"RECSVC_STATE": str(state)} | ({"RECSVC_CONFIG": config} if config else {})
    return load_settings(os.environ | named)


class Composed(NamedTuple):
    """What the commands are given."""

    segments: Segments
    sharing: Sharing
    visitors: VisitorReader
    live_model: LiveModel
    catalogue: LiveCatalogue
    quizzes: LiveQuizzes


def compose(settings: Settings, store: Store) -> Composed:
    """The use cases over the published model and quizzes as they are now."""
    live_model, catalogue = LiveModel(settings.models_path), LiveCatalogue(store)
    quizzes = LiveQuizzes(settings.quizzes_path)
    live_model.refresh()
    quizzes.refresh()
    visitors = VisitorReader(store, catalogue, quizzes)
    affinities = Affinities(visitors, live_model, catalogue, quizzes, now)
    segments = Segments(
        settings.segments, visitors=visitors, affinities=affinities, quizzes=quizzes, clock=now
    )
    sharing = Sharing(visitors, store, segments, quizzes, now, unsubscribe_links(settings))
    return Composed(segments, sharing, visitors, live_model, catalogue, quizzes)


def compose_mailing(settings: Settings, parts: Composed, terms: Terms) -> Mailing:
    """The slates of many visitors, as the service would answer them now.

    Raises:
        UsageError: nothing is published, or the placement cannot be answered for somebody in a mail.
    """
    if parts.live_model.current() is None:
        raise UsageError(f"{parts.live_model.problem} A mailing needs a model.")
    if terms.segment is not None and terms.segment not in {one.name for one in settings.segments}:
        known = ", ".join(one.name for one in settings.segments) or "none"
        raise UsageError(f"There is no segment {terms.segment!r} in the settings; there are {known}.")
    placements = LivePlacements(settings.placements_path)
    recommender = Recommender(
        visitors=parts.visitors,
        live_model=parts.live_model,
        catalogue=parts.catalogue,
        quizzes=parts.quizzes,
        placements=placements,
        signer=SlateSigner(read_or_create_secret(settings.state_path)),
        locales=settings.locales,
        clock=now,
    )
    mailing = Mailing(
        terms,
        recommender=recommender,
        visitors=parts.visitors,
        segments=parts.segments,
        cards=Cards(parts.catalogue),
        links=unsubscribe_links(settings),
    )
    try:
        ((_, placement),) = asked_of(mailing.request(None), placements)
    except (InvalidRequestError, UnknownPlacementError) as error:
        raise UsageError(str(error)) from error
    if not placement.discreet:
        raise UsageError(
            f"The placement {placement.id!r} may name answers to sensitive questions, and those never leave; "
            "write `discreet = true` in it, or use `mail` or `line`."
        )
    return mailing


def compose_outbox(settings: Settings, store: Store) -> Outbox:
    """The outbox to the destinations of the settings, their secrets from the environment.

    Raises:
        UsageError: a secret is missing, or the extra that destinations need.
    """
    channels = open_channels(settings.destinations, os.environ, store, now)
    return Outbox(store, compose(settings, store).sharing, channels, now)


def compose_confirmations(settings: Settings, store: Store) -> Confirmations | None:
    """The messages to the mailer of the settings; None where there is none.

    Raises:
        UsageError: its secret is missing, or the extra that destinations need.
    """
    terms = settings.mailer
    if terms is None:
        return None
    links = Links(read_or_create_secret(settings.state_path), settings.public_url or "")
    return Confirmations(store, terms, open_mailer(terms, os.environ, now), links, now)


def unsubscribe_links(settings: Settings) -> UnsubscribeLinks | None:
    """The links of mails; None where the settings do not say how browsers reach the service."""
    if settings.public_url is None:
        return None
    return UnsubscribeLinks(read_or_create_secret(settings.state_path), settings.public_url)


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)
