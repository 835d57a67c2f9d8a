// The page of patterns: the search's own code shows invented answers, and every state without one.

import { renderAnswers } from "./results.js";
import { prepareLetter } from "./take.js";
import { copyOf, dataBlock, learn, put, say } from "./words.js";

class ExposingPatterns extends HTMLElement {
  connectedCallback() {
    const { current, datasets, words, years, answers } = dataBlock("invented");
    const about = new Map(Object.entries(datasets));
    learn(words);
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-answer]"))) {
      const query = place.dataset.answer ?? "";
      const found = { query, answers: new Map(Object.entries(answers[query])), current, about };
      const part = renderAnswers(found.answers, current, { about, years });
      const letter = /** @type {HTMLElement | null} */ (part.querySelector("[data-letter]"));
      if (letter) prepareLetter(letter, found);
      place.append(part);
    }
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-state]"))) {
      const part = copyOf(`message-${place.dataset.state}`);
      put(part, "reason", say("refused_short_link"));
      part.querySelector("[data-several]")?.remove();
      place.append(part);
    }
  }
}

customElements.define("exposing-patterns", ExposingPatterns);
