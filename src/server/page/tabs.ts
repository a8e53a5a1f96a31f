/**
 * Turns the buttons in `list` into a tab list by the WAI pattern: one tab stop, arrow keys, Home and End. `onSelect` receives the selected
 * tab's `data-value`. Returns a function that selects another tab.
 */
export function makeTabs(list: HTMLElement, onSelect: (value: string) => void): (value: string) => void {
  const tabs = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const nameOf = (tab: HTMLButtonElement) => tab.dataset["value"] ?? "";

  const select = (selected: HTMLButtonElement) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === selected));
      tab.tabIndex = tab === selected ? 0 : -1;
    }
    onSelect(nameOf(selected));
  };

  list.addEventListener("click", ({ target }) => {
    const tab = tabs.find((one) => one === target);
    if (tab !== undefined) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target as HTMLButtonElement);
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1 + tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = steps[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const tab = tabs[next % tabs.length];
    tab.focus();
    select(tab);
  });
  return (value) => {
    const tab = tabs.find((one) => nameOf(one) === value);
    if (tab !== undefined) select(tab);
  };
}
