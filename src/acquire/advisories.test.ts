import { describe, expect, it } from "vitest";
import { fakeRegistry, forwardAnswer } from "../../test/support/fake-registry.ts";
import { Failure } from "../model/failure.ts";
import { askAdvisories } from "./advisories.ts";
import type { ForwardRequest } from "./registry.ts";

const MEGABYTE = Buffer.alloc(1024 * 1024, " ");

function answering(status: number, body: string | readonly Uint8Array[]) {
  return fakeRegistry({ forward: () => Promise.resolve(forwardAnswer(status, body)) });
}

function listing(list: unknown): string {
  return JSON.stringify({ subject: list });
}

describe("askAdvisories", () => {
  it("asks the way npm audit does", async () => {
    const sent: (Omit<ForwardRequest, "body"> & { text: string })[] = [];
    const registry = fakeRegistry({
      forward: async ({ body, ...request }) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body ?? []) chunks.push(chunk);
        sent.push({ ...request, text: Buffer.concat(chunks).toString() });
        return forwardAnswer(200, "{}");
      },
    });
    expect(await askAdvisories(registry, "@a/subject", ["1.0.0", "1.1.0"])).toEqual([]);
    expect(sent).toEqual([
      {
        method: "POST",
        path: "/-/npm/v1/security/advisories/bulk",
        packageName: "@a/subject",
        headers: { "content-type": "application/json", "content-length": "32" },
        text: '{"@a/subject":["1.0.0","1.1.0"]}',
      },
    ]);
  });

  it("reads what is published", async () => {
    const text = listing([
      { url: "https://a.invalid/GHSA-xxxx", id: 7, title: "Leaks", vulnerable_versions: "<1.1.0" },
      { id: 8, vulnerable_versions: ">=0" },
      { url: "https://a.invalid/", vulnerable_versions: "*", title: 5 },
    ]);
    expect(await askAdvisories(answering(200, text), "subject", ["1.0.0"])).toEqual([
      { id: "GHSA-xxxx", title: "Leaks", vulnerableVersions: "<1.1.0" },
      { id: "8", title: "", vulnerableVersions: ">=0" },
      { id: "an advisory", title: "", vulnerableVersions: "*" },
    ]);
  });

  it("does not follow an identifier into its depths", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const text = `{"subject":[{"id":${deep},"vulnerable_versions":"*"}]}`;
    expect(await askAdvisories(answering(200, text), "subject", [])).toEqual([
      { id: "an advisory", title: "", vulnerableVersions: "*" },
    ]);
  });

  it("reads a thousand of them and no range that is a book", async () => {
    const one = { id: 1, title: "", vulnerable_versions: "*" };
    const book = { ...one, vulnerable_versions: `<1 ${"|| <1 ".repeat(1000)}` };
    const many = answering(200, listing([book, ...Array.from({ length: 2000 }, () => one)]));
    expect(await askAdvisories(many, "subject", [])).toHaveLength(999);
  });

  it.each<[what: string, status: number, body: string | readonly Uint8Array[]]>([
    ["another status", 404, listing([{ id: 1, vulnerable_versions: "*" }])],
    ["no JSON", 200, "<html>"],
    ["no object", 200, "[]"],
    ["null", 200, "null"],
    ["about another package", 200, '{"other":[{"id":1,"vulnerable_versions":"*"}]}'],
    ["no list", 200, listing({ length: 1, 0: { vulnerable_versions: "*" } })],
    ["no objects in the list", 200, listing([null, 1, "x", []])],
    ["a range of the wrong type", 200, listing([{ id: 1, vulnerable_versions: ["*"] }])],
    ["nothing but white space", 200, ""],
    ["more than anybody reads", 200, Array.from({ length: 5 }, () => MEGABYTE)],
  ])("knows of none where the answer is %s", async (_what, status, body) => {
    expect(await askAdvisories(answering(status, body), "subject", ["1.0.0"])).toEqual([]);
  });

  it("does not take a member that every object has for an answer", async () => {
    expect(await askAdvisories(answering(200, "{}"), "constructor", [])).toEqual([]);
  });

  it("knows of none where the registry fails, and hides no mistake of ours", async () => {
    const failing = (error: Error) =>
      fakeRegistry({
        forward: async () => {
          throw error;
        },
      });
    const failed = await askAdvisories(failing(new Failure("offline", "No.")), "subject", []);
    expect(failed).toEqual([]);
    const mistake = new TypeError("a mistake");
    await expect(askAdvisories(failing(mistake), "subject", [])).rejects.toBe(mistake);
  });
});
