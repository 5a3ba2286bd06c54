import type { Locator } from "playwright-core";
import { expect } from "vitest";

/** The editor takes a text up after a while, or when it is left. */
const LOOK_AGAIN = { interval: 1_000 };

/** What is written into a form: the text of a field by its label, a JSON value by the name of its editor. */
export interface FormValues {
  readonly fields?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Partial<Record<"jobData" | "jobOptions", unknown>>>;
}

/** Writes into a form of Bull Board's page, and waits until it can be sent. */
export async function fillForm(form: Locator, { fields = {}, json = {} }: FormValues): Promise<void> {
  for (const [label, text] of Object.entries(fields))
    await form.getByLabel(label, { exact: true }).fill(text);
  for (const [name, value] of Object.entries(json)) await writeJson(form, name, JSON.stringify(value));
  for (const input of await form.locator('input[type="hidden"]').all())
    await expect.poll(() => input.inputValue(), LOOK_AGAIN).not.toBe("");
}

/** What the form sends is in a hidden field behind the editor. */
async function writeJson(form: Locator, name: string, text: string): Promise<void> {
  const sent = form.locator(`input[name="${name}"]`);
  const editor = sent.locator("xpath=preceding-sibling::div").locator(".cm-content");
  const write = async () => {
    await editor.click();
    await form.page().keyboard.press("ControlOrMeta+a");
    await form.page().keyboard.insertText(text);
  };
  await expect
    .poll(async () => {
      if ((await sent.inputValue()) !== text) await write();
      return sent.inputValue();
    }, LOOK_AGAIN)
    .toBe(text);
}
