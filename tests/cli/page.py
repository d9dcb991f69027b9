#!/usr/bin/env python3
"""Hears a page of tunes in a real browser, headless Chromium.

page.py FILE.html [SHOTS_DIR]: a line `ok WHAT` or `not ok WHAT` for each thing
that is looked at, pictures of the page in SHOTS_DIR if one is given, and exit
status 1 when anything is not as it should be. Exit status 77 when there is no
browser to be driven. SPDX-License-Identifier: MIT
"""
import os
import shutil
import sys
import time

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.action_builder import ActionBuilder
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("page.py: python3-selenium is not there", file=sys.stderr)
    sys.exit(77)

SWITCHES = ["--headless=new", "--no-sandbox", "--hide-scrollbars",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-dev-shm-usage"]


def find(names):
    return next(filter(None, map(shutil.which, names)), None)


def browser():
    program = find(["chromium", "chromium-browser", "google-chrome"])
    driver = find(["chromedriver"])
    if not program or not driver:
        print("page.py: chromium or chromedriver is not there", file=sys.stderr)
        sys.exit(77)
    options = Options()
    options.binary_location = program
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))


class Page:
    def __init__(self, driver, path, shots):
        self.d, self.shots, self.bad = driver, shots, 0
        self.url = "file://" + os.path.abspath(path)

    def open(self, width=1200, height=900, dark=False):
        self.d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", dict(
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600))
        self.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.d.get(self.url)
        self.until(lambda: self.js("return !!(window.nott && nott.ready)"))

    def js(self, text, *arguments):
        return self.d.execute_script(text, *arguments)

    def __getattr__(self, name):  # nott's own: page.position, page.playing ...
        return self.js("return nott[arguments[0]]", name)

    def until(self, what, seconds=8):
        end = time.time() + seconds
        while time.time() < end:
            if what():
                return True
            time.sleep(0.04)
        return bool(what())

    def by(self, selector):
        return self.d.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector):
        self.by(selector).click()

    def text(self, selector):
        return self.by(selector).text

    def key(self, *keys):
        ActionChains(self.d).send_keys(*keys).perform()

    def set(self, selector, value):
        self.js("const e = document.querySelector(arguments[0]);"
                "e.value = arguments[1];"
                "e.dispatchEvent(new Event(e.tagName === 'SELECT' ? 'change' : 'input'))",
                selector, value)

    def ok(self, what, good, more=""):
        print(("ok " if good else "not ok ") + what + (f": {more}" if not good else ""))
        self.bad += not good

    def shot(self, name):
        if self.shots:
            self.d.save_screenshot(os.path.join(self.shots, name + ".png"))

    def cursor(self):
        return self.js("return document.querySelector('.current .cursor')"
                       ".getAttribute('transform')")

    def press(self, across, to=None):
        """On the first row of the first roll, there or from there to there."""
        self.js("document.querySelector('.roll').scrollIntoView({block: 'start'})")
        left, top, width = self.js(
            "const b = document.querySelector('.roll svg').getBoundingClientRect();"
            "return [b.left, b.top, b.width]")
        chain = ActionBuilder(self.d)
        pointer = chain.pointer_action
        pointer.move_to_location(int(left + across * width), int(top + 60))
        pointer.pointer_down()
        for share in (.3, .6, 1) if to else ():
            pointer.move_to_location(int(left + (across + share * (to - across)) * width),
                                     int(top + 64))
        pointer.pointer_up()
        chain.perform()

    def no_complaints(self, where):
        said = [line for line in self.d.get_log("browser")
                if line["level"] in ("SEVERE", "WARNING")]
        self.ok(f"no complaints on the console, {where}", not said, said[:3])


def check_still(p):
    p.ok("it is there, and silent", not p.playing and p.state == "none")
    p.ok("a roll with notes for every tune", p.js(
        "return [...document.querySelectorAll('.roll svg')]"
        ".every(s => s.querySelectorAll('.note').length > 3)"))
    p.ok("names of chords", p.js("return document.querySelectorAll('.roll .name').length") > 0)
    p.ok("nothing of the data has become an element or has run", p.js(
        "return !window.hacked && !document.querySelector('b.hostile') &&"
        "document.querySelectorAll('script').length === 2"))
    p.ok("nothing is loaded from anywhere", p.js(
        "return performance.getEntriesByType('resource')"
        ".every(r => r.name.startsWith('data:'))"))
    sheets = p.js("return [...document.querySelectorAll('.sheet img[src]')]"
                  ".map(i => i.complete && i.naturalWidth > 0)")
    p.ok("sheets, where there are some, are drawn", all(sheets), sheets)
    p.ok("controls have names", p.js(
        "return [...document.querySelectorAll('#player button, .hear')].every(b =>"
        "b.getAttribute('aria-label') || b.textContent.trim())"))


def check_playing(p):
    p.click("#play")
    p.ok("sound runs", p.until(lambda: p.state == "running" and p.scheduled > 0),
         f"{p.state}, {p.scheduled} notes")
    at, where, count = p.position, p.cursor(), p.scheduled
    time.sleep(2)
    p.ok("it goes on in time", abs((p.position - at) / 2.0 / (p.speed / 60) - 1) < .15,
         f"{p.position - at} quarters")
    p.ok("the cursor moves", p.cursor() != where)
    p.ok("notes are given to the clock", p.scheduled > count)
    p.ok("something is heard", p.until(lambda: p.loudness > .001))
    p.ok("a note is lit", p.until(lambda: p.js(
        "return document.querySelectorAll('.sounding').length") > 0))
    p.shot("playing")
    p.key(" ")
    p.ok("space pauses", not p.playing)
    at = p.position
    time.sleep(.5)
    p.ok("and it stays there", p.position == at and at > 1)
    p.ok("in silence", p.until(lambda: p.loudness < .002, 4), p.loudness)
    p.key(" ")
    p.ok("space plays on", p.until(lambda: p.position > at))


def check_tempo(p):
    bpm, shown = p.bpm, p.text("#tempo-text")
    p.set("#tempo", round(bpm * 1.5))
    at = p.position
    time.sleep(1.5)
    gone = p.position - at
    p.ok("a tempo is heard at once", abs(gone / 1.5 / (p.speed / 60) - 1) < .2 and p.bpm > bpm,
         f"{gone} quarters at {p.bpm}")
    p.ok("and shown", p.text("#tempo-text") != shown)
    p.key("<")
    p.ok("keys change it too", p.bpm < round(bpm * 1.5))


def check_transposition(p):
    def names():
        return p.js("return [...document.querySelectorAll('.current .roll .name')]"
                    ".map(e => e.textContent).join(' ')")

    chords = names()
    p.click("#higher")
    p.click("#higher")
    p.ok("two semitones up", p.shift == 2 and "+2" in p.text("#shift"), p.text("#shift"))
    p.ok("chords are named anew", names() != chords, chords)
    p.ok("it goes on playing", p.playing)
    p.key("-", "-")
    p.ok("keys take it back", p.shift == 0 and names() == chords)
    for _ in range(14):
        p.key("-")
    p.ok("an octave at most", p.shift == -12)
    for _ in range(12):
        p.key("+")


def check_bars(p):
    p.key(" ")
    p.key(Keys.HOME)
    p.ok("home", p.position == 0 and not p.playing)
    p.key(Keys.ARROW_RIGHT)
    p.key(Keys.ARROW_RIGHT)
    at = p.position
    p.key(Keys.ARROW_LEFT)
    p.ok("bars on and back", at > p.position > 0, f"{at}, {p.position}")


def check_roll(p):
    p.press(.7)
    p.ok("a click starts there", p.until(lambda: p.playing and p.position > 2), p.position)
    p.key(" ")
    p.press(.35, .5)
    loop = p.loop
    p.ok("a drag loops bars", loop["on"] and not loop["whole"] and
         loop["last"] - loop["first"] <= 2, loop)
    p.ok("that are framed", p.js("return document.querySelectorAll('.looped').length") > 0)
    p.shot("loop")
    p.set("#tempo", 10000)
    p.key(" ")
    length = loop["to"] - loop["from"]
    seen = []
    p.until(lambda: seen.append(p.position) or len(seen) > 12 and seen[-1] < seen[-2],
            12 + 60 * length / p.speed)
    p.ok("the loop goes round", any(b < a for a, b in zip(seen, seen[1:])) and
         max(seen) <= loop["to"] + .3, seen[-8:])
    p.key("l")
    p.ok("L ends it", not p.loop["on"] and p.playing)
    options = p.js("return [...document.querySelector('#part').options].map(o => o.text)")
    p.ok("parts to choose", options[0] == "whole tune", options)
    p.set("#part", p.js("return document.querySelector('#part').options[0].value"))
    p.ok("the whole tune in a loop", p.loop["on"] and p.loop["whole"])
    p.key("l")


def check_voices(p):
    p.key("1")
    p.ok("the melody is mute", p.muted["melody"] and
         p.by("#melody").get_attribute("aria-pressed") == "false")
    p.key("2")
    p.ok("with the chords mute too it is silent", p.until(lambda: p.loudness < .002, 4), p.loudness)
    p.key("m")
    p.ok("but for the metronome", p.until(lambda: p.loudness > .002, 6))
    p.key("m")
    p.key("1", "2")
    p.ok("and it is heard again", p.until(lambda: p.loudness > .002, 6))
    for voice in ("fiddle", "whistle", "mandolin"):
        count = p.scheduled
        p.set("#voice", voice)
        p.ok(f"a {voice}", p.until(lambda: p.scheduled > count + 2 and p.loudness > .002))
    p.key(" ")


def check_end(p):
    p.set("#tempo", 10000)
    p.key(Keys.HOME)
    steps = 0
    while p.finish - p.position > 5 and steps < 500:
        p.key(Keys.ARROW_RIGHT)
        steps += 1
    p.key(" ")
    p.ok("it ends by itself and stands at the beginning",
         p.until(lambda: not p.playing, 20) and p.position == 0, p.position)


def check_several(p):
    if p.tunes < 2:
        p.ok("one tune has no list", not p.by("#index").is_displayed())
        return
    p.ok("a list of all", p.js("return document.querySelectorAll('#index li').length") == p.tunes)
    p.key(" ")
    p.key("n")
    p.ok("N plays the next", p.until(lambda: p.tune == 1 and p.playing and p.position > 0))
    p.ok("and only that", p.js("return document.querySelectorAll('.hear.playing').length") == 1)
    p.key("p")
    p.ok("P the one before", p.until(lambda: p.tune == 0 and p.playing))
    p.js("document.querySelectorAll('.hear')[1].click()")
    p.ok("its own button plays a tune", p.until(lambda: p.tune == 1 and p.playing))
    p.js("document.querySelector('#all').click()")
    p.ok("all from the first", p.until(lambda: p.tune == 0 and p.playing))
    p.set("#tempo", 10000)
    steps = 0
    while p.tune == 0 and p.finish - p.position > 5 and steps < 500:
        p.key(Keys.ARROW_RIGHT)
        steps += 1
    p.ok("the next follows by itself",
         p.until(lambda: p.tune == 1 and p.playing and p.position > 0, 20))
    p.key(" ")


def check_texts(p):
    p.js("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    if p.js("return !document.querySelector('.abc').hidden"):
        p.ok("ABC to copy", len(p.js("return document.querySelector('pre').textContent")) > 10)
        p.js("document.querySelector('.copy-abc').click()")
        p.ok("copied", p.until(lambda: p.js(
            "return document.querySelector('.copy-abc').textContent") == "Copied"))
    if p.js("return !document.querySelector('.save-midi').hidden"):
        p.js("""window.saved = [];
            const click = HTMLAnchorElement.prototype.click;
            HTMLAnchorElement.prototype.click = function () {
                window.saved.push(this.download, this.href);
            };
            document.querySelector('.save-midi').click();
            HTMLAnchorElement.prototype.click = click;""")
        name, link = p.js("return window.saved")
        p.ok("a file to save", name.endswith(".mid") and link.startswith("blob:"), name)
    p.js("window.scrollTo(0, document.body.scrollHeight)")
    time.sleep(.3)
    p.shot("foot")


def check_sizes(p):
    for width, height, dark in ((360, 740, False), (1200, 1000, True), (360, 740, True),
                                (700, 900, False), (1200, 1000, False)):
        p.open(width, height, dark)
        name = f"{width} px{', dark' if dark else ''}"
        wide = p.js("return [document.documentElement.scrollWidth, window.innerWidth]")
        p.ok(f"no sideways scrolling at {name}", wide[0] <= width and wide[1] <= width, wide)
        p.shot(f"{width}{'-dark' if dark else ''}")
        if width < 600:
            p.click("#more")
            p.ok(f"more controls at {name}", p.by("#higher").is_displayed() and
                 p.by("#play").is_displayed())
            p.shot(f"{width}{'-dark' if dark else ''}-more")
        p.no_complaints(name)


def check_paper(p):
    p.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    p.ok("the player is not printed", not p.by("#player").is_displayed())
    p.shot("print")
    p.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    shots = sys.argv[2] if len(sys.argv) > 2 else None
    if shots:
        os.makedirs(shots, exist_ok=True)
    driver = browser()
    try:
        p = Page(driver, sys.argv[1], shots)
        p.open()
        for check in (check_still, check_playing, check_tempo, check_transposition, check_bars,
                      check_roll, check_voices, check_end, check_several, check_texts):
            check(p)
        p.no_complaints("after all that")
        check_sizes(p)
        check_paper(p)
    finally:
        driver.quit()
    return 1 if p.bad else 0


if __name__ == "__main__":
    sys.exit(main())
