/** Light or dark: the system's choice, or the reader's, kept for the next visit. */

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "baremath-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

class Theme {
  choice: ThemeChoice = $state(stored());
  #systemDark = $state(systemIsDark.matches);

  constructor() {
    systemIsDark.addEventListener("change", (event) => (this.#systemDark = event.matches));
    this.#show();
  }

  get dark(): boolean {
    return this.choice === "system" ? this.#systemDark : this.choice === "dark";
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    this.#show();
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Storage may be forbidden, as in some iframes: the choice holds for this visit.
    }
  }

  #show(): void {
    document.documentElement.dataset.theme = this.choice;
  }
}

function stored(): ThemeChoice {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === "light" || choice === "dark" ? choice : "system";
  } catch {
    return "system";
  }
}

export const theme = new Theme();

/** Whether the reader asked for little motion. */
export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
