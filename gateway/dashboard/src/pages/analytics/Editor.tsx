import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { history, historyKeymap, standardKeymap } from '@codemirror/commands';
import { StandardSQL, sql } from '@codemirror/lang-sql';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

export interface EditorProps {
  value: string;
  /** Columns of each table, for completion. */
  tables: Record<string, string[]>;
  /** Where a statement went wrong, from 1; the cursor goes there. */
  line: number | null;
  onChange: (value: string) => void;
  onRun: () => void;
}

const look = EditorView.theme({
  '&': { fontSize: '13px', backgroundColor: 'var(--surface)', color: 'var(--text)', height: '100%' },
  '.cm-scroller': { fontFamily: '"JetBrains Mono Variable", monospace', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--text3)', border: 'none' },
  '&.cm-focused': { outline: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--selected)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--selected)', color: 'var(--text)' },
  '.cm-placeholder': { color: 'var(--text3)' },
});
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--parallel)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--coord)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--creative)' },
  { tag: tags.comment, color: 'var(--text3)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--recall)' },
]);

/** Where SQL is written. Tab leaves it, as in any other field. */
export default function Editor({ value, tables, line, onChange, onRun }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const said = useRef({ onChange, onRun, value, tables });
  const language = useRef(new Compartment());
  useEffect(() => {
    said.current = { onChange, onRun, value, tables };
  });
  useEffect(() => {
    const host = place.current;
    if (host === null) return undefined;
    const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
    const run = () => {
      said.current.onRun();
      return true;
    };
    const made = new EditorView({
      parent: host,
      state: EditorState.create({
        doc: said.current.value,
        extensions: [
          EditorView.cspNonce.of(nonce),
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
          lineNumbers(),
          history(),
          autocompletion(),
          keymap.of([...completionKeymap, ...historyKeymap, ...standardKeymap]),
          language.current.of(speaks(said.current.tables)),
          syntaxHighlighting(colours),
          look,
          EditorView.domEventHandlers({ beforeinput: typeOver }),
          placeholder('SELECT …'),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) said.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    made.scrollDOM.tabIndex = -1;
    editor.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const now = editor.current;
    if (now !== null && now.state.doc.toString() !== value) now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    editor.current?.dispatch({ effects: language.current.reconfigure(speaks(tables)) });
  }, [tables]);
  useEffect(() => {
    const now = editor.current;
    if (now === null || line === null) return;
    now.dispatch({ selection: { anchor: now.state.doc.line(Math.min(line, now.state.doc.lines)).from }, scrollIntoView: true });
    now.focus();
  }, [line]);
  return <div ref={place} className="h-48 overflow-auto rounded-control border border-control focus-within:outline-2 focus-within:outline-focus" />;
}

/** Chrome keeps the look of what is typed over in a style attribute, which the policy of the page does not allow. */
function typeOver(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== 'insertText' || event.data === null || view.composing || view.state.selection.main.empty) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
  return true;
}

function speaks(tables: Record<string, string[]>) {
  return sql({ dialect: StandardSQL, schema: tables, upperCaseKeywords: true });
}
