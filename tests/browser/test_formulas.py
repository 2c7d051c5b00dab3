"""The formulas of the optimizer, the loss and the penalty, read off the page."""

from playwright.sync_api import expect

# Read from left to right, fractions from top to bottom.
UPDATES = {
    "gd": "W=W-αdW",
    "momentum": "v=βv+(1-β)dW" + "W=W-αv",
    "rmsprop": "s=βs+(1-β)dW2" + "W=W-αdWs+ε",
    "adam": "v=β1v+(1-β1)dW" + "s=β2s+(1-β2)dW2" + "v^=v1-β1t" + "s^=s1-β2t" + "W=W-αv^s^+ε",
}
LOSSES = {"cross_entropy": "ℒ=-ylna-(1-y)ln(1-a)", "squared_error": "ℒ=(a-y)2"}


def formulas(playground) -> list[str]:
    """Those under More, from top to bottom: update, loss, penalty."""
    return playground.page.locator("#more-fields math").all_text_contents()


def more(playground) -> None:
    playground.page.get_by_text("More", exact=True).click()


def test_the_update_is_written_under_its_optimizer(playground):
    playground.open({})
    more(playground)
    for name, formula in UPDATES.items():
        playground.page.locator("#optimizer").select_option(value=name)
        playground.at_rest()
        assert formulas(playground)[0] == formula
        root = playground.page.locator("#more-fields msqrt").all_text_contents()
        assert root == {"rmsprop": ["s"], "adam": ["s^"]}.get(name, [])  # ε stands outside


def test_a_note_says_that_the_course_writes_epsilon_inside(playground):
    playground.open({"training": {"optimizer": "adam"}})
    more(playground)
    note = playground.page.locator("#more-fields .formula .note").first.inner_text()
    assert "ε stands outside the root" in note
    assert "the course's notes write it inside" in note


def test_the_loss_is_written_under_its_menu(playground):
    playground.open({})
    more(playground)
    for name, formula in LOSSES.items():
        playground.page.locator("#loss").select_option(value=name)
        playground.at_rest()
        assert formulas(playground)[1] == formula


def test_with_more_classes_the_loss_is_that_of_the_softmax(playground):
    playground.open({"data": {"name": "blobs", "classes": 3}})
    more(playground)
    assert formulas(playground)[1] == "ℒ=-lnay"


def test_the_penalty_charges_for_weights(playground):
    playground.open({})
    more(playground)
    assert formulas(playground)[2] == "J=1m∑iℒ(i)+λ2m∑l‖W[l]‖2" + "dW=1mdZAT+λmW"


def test_a_formula_that_is_wider_than_its_place_is_scrolled_by_the_keys(playground):
    # Whether one is depends on the fonts: here its place is made small, then large.
    playground.open({})
    more(playground)
    box = playground.page.locator("#more-fields .formula").last
    box.evaluate("box => { box.style.maxWidth = '90px'; }")
    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    playground.page.keyboard.press("ArrowRight")
    playground.page.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())
    box.evaluate("box => { box.style.maxWidth = 'none'; box.style.width = '500px'; }")
    expect(box).not_to_have_attribute("tabindex", "0")
