/** A text of somebody else, however long: it breaks anywhere, and scrolls within itself, by keys too. */
export function Message({ children, label, tone = '' }: { children: string; label: string; tone?: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
    <div role="region" aria-label={label} tabIndex={0} className={`max-h-80 min-w-0 overflow-y-auto wrap-anywhere whitespace-pre-wrap ${tone}`}>
      <bdi>{children}</bdi>
    </div>
  );
}
