interface Props {
  values: readonly (number | null)[];
  /** What it shows, for those who cannot see it. */
  label: string;
  width?: number;
  height?: number;
  /** A line that is not to be passed. */
  limit?: number;
}

/** The last values as a line, in the colour of the text around it. */
export function Sparkline({ values, label, width = 96, height = 24, limit }: Props) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <div style={{ width, height }} />;
  const top = Math.max(...known, limit ?? 0) || 1;
  const x = (place: number) => (place / (values.length - 1)) * (width - 2) + 1;
  const y = (value: number) => height - 1 - (value / top) * (height - 2);
  let path = '';
  let pen = false;
  values.forEach((value, place) => {
    if (value !== null) path += `${pen ? 'L' : 'M'}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = value !== null;
  });
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {limit !== undefined && <line x1="0" x2={width} y1={y(limit)} y2={y(limit)} stroke="var(--control)" strokeDasharray="2 3" />}
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
}
