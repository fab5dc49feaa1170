"""The whole truth about one block of patients, before anybody prescribes, measures, or forgets to."""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.synthetic.centres import Centres
from hepatica.synthetic.draws import Draws
from hepatica.synthetic.first_line import FirstLine, choose_first_line
from hepatica.synthetic.later_lines import LaterLines, make_later_lines
from hepatica.synthetic.losses import Losses, make_losses
from hepatica.synthetic.model import Model
from hepatica.synthetic.outcomes import Outcomes, make_outcomes
from hepatica.synthetic.people import People, make_people
from hepatica.synthetic.presentation import Presentation, make_presentation
from hepatica.synthetic.response import Response, make_response


@dataclass(frozen=True)
class Story:
    """What is true of a block's patients, by theme; everything else follows from it."""

    people: People
    presentation: Presentation
    first_line: FirstLine
    response: Response
    lines: LaterLines
    losses: Losses
    outcomes: Outcomes


def make_story(model: Model, draws: Draws, centres: Centres, centre_count: int) -> Story:
    """Return the truth about a block's patients."""
    people = make_people(model, draws, centre_count)
    presentation = make_presentation(model, draws, people)
    first_line = choose_first_line(model, draws, centres, people, presentation)
    response = make_response(model, draws, people, presentation, first_line)
    lines = make_later_lines(model, draws, presentation, first_line, response)
    losses = make_losses(model, draws, people, presentation, response, lines)
    outcomes = make_outcomes(model, draws, people, presentation, response)
    return Story(people, presentation, first_line, response, lines, losses, outcomes)
