import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Kind = 'plain' | 'primary' | 'danger' | 'quiet';

const LOOKS: Record<Kind, string> = {
  plain: 'border-line bg-raised text-text hover:border-control',
  primary: 'border-transparent bg-[var(--recall-solid)] text-white hover:brightness-110 [&_kbd]:border-white/50 [&_kbd]:text-white',
  danger: 'border-crit/60 bg-crit-soft text-crit hover:border-crit',
  quiet: 'border-transparent bg-transparent text-text2 hover:bg-hover hover:text-text',
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind;
  icon?: ReactNode;
  /** Shown beside the words: the key that does the same. */
  shortcut?: string;
  /** It is being done: cannot be pressed again, and says so. */
  busy?: boolean;
}

export function Button({ kind = 'plain', icon, shortcut, busy = false, className = '', children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`inline-flex h-8 items-center justify-center gap-1.5 rounded-button border px-3 font-medium whitespace-nowrap transition-colors duration-150 disabled:opacity-60 pointer-coarse:h-11 ${LOOKS[kind]} ${className}`}
    >
      {icon}
      {children}
      {shortcut !== undefined && <Key>{shortcut}</Key>}
    </button>
  );
}

/** A button that is only a picture: its name is said and shown as a title. */
export function IconButton({ label, children, className = '', ...rest }: ButtonProps & { label: string }) {
  return (
    <Button {...rest} aria-label={label} title={label} className={`w-8 !px-0 pointer-coarse:w-11 ${className}`}>
      {children}
    </Button>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return <kbd className="rounded-[4px] border border-line px-1 font-sans text-xs text-text3">{children}</kbd>;
}
