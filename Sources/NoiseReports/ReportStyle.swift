internal import Formats

/// The style sheet of the HTML report: light, for screens of any width and for paper.
enum ReportStyle {
    /// - Parameter running: the text at the foot of every printed page (CSS Paged Media 3,
    ///   page-margin boxes)
    static func sheet(running: String) -> String {
        """
        \(screen)
        @page {
          size: A4; margin: 15mm 14mm 19mm;
          @bottom-left {
            content: \(HTMLText.cssString(running)); width: 82%;
            font: 7.5pt "Liberation Sans", Arial, sans-serif; color: #333; vertical-align: top;
            padding-top: 3mm;
          }
          @bottom-right {
            content: "Page " counter(page) " of " counter(pages);
            font: 7.5pt "Liberation Sans", Arial, sans-serif; color: #333; vertical-align: top;
            padding-top: 3mm;
          }
        }
        \(print)
        """
    }

    private static let screen = """
        :root { color-scheme: light; }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: #fff; color: #1a1f26;
          font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
          -webkit-text-size-adjust: 100%;
        }
        main { max-width: 1000px; margin: 0 auto; padding: 28px 20px 48px; }
        h1 { font-size: 28px; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
        h2 {
          font-size: 18px; margin: 40px 0 0; padding-top: 12px; border-top: 2px solid #12355b;
          color: #12355b;
        }
        h3 { font-size: 15px; margin: 20px 0 4px; }
        .subject { font-size: 18px; margin: 4px 0 16px; color: #3b4652; overflow-wrap: anywhere; }
        .running { font-size: 12px; color: #55606c; margin: 2px 0 12px; overflow-wrap: anywhere; }
        .note { font-size: 13px; color: #3b4652; margin: 8px 0; }
        .state {
          border-left: 5px solid #2e7d4f; background: #f1f8f3; padding: 10px 14px; margin: 16px 0;
        }
        .state.indicative, .state.doubt { border-color: #b27a00; background: #fdf7e7; }
        .state.uncalibrated, .state.none { border-color: #b3261e; background: #fdf1f0; }
        .state p { margin: 0; }
        .state p + p { margin-top: 6px; }
        dl.facts {
          display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0;
          font-size: 14px;
        }
        dl.facts dt { color: #55606c; }
        dl.facts dd { margin: 0; overflow-wrap: anywhere; }
        .figures {
          display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 10px;
          margin: 12px 0 0; padding: 0; list-style: none;
        }
        .figures li { border: 1px solid #ccd4dc; border-radius: 6px; padding: 9px 12px; }
        .figures .name { display: block; font-size: 13px; color: #3b4652; }
        .figures .value { font-size: 25px; font-weight: 600; line-height: 1.25; }
        .figures .unit { font-size: 13px; font-weight: 400; color: #3b4652; }
        .figures .more { display: block; font-size: 12px; line-height: 1.35; color: #55606c; }
        figure { margin: 8px 0 0; }
        figure svg { display: block; width: 100%; height: auto; overflow: visible; }
        figure svg.narrow { display: none; }
        figcaption { font-size: 12.5px; color: #3b4652; margin-top: 6px; }
        .key { display: inline-block; margin: 0 14px 2px 0; white-space: nowrap; }
        .key svg { display: inline; width: 22px; height: 11px; margin-right: 5px; }
        svg text { fill: #2a333d; font-family: inherit; }
        svg .unit { font-weight: 600; }
        svg .grid { stroke: #dde3e8; stroke-width: 1; fill: none; }
        svg .axis { stroke: #5a6570; stroke-width: 1; fill: none; }
        svg .night { fill: #eef1f7; }
        svg .missing { fill: #f4f4f4; }
        svg .hatch { stroke: #a9afb6; stroke-width: 1; fill: none; }
        svg .band { fill: #a8cbe8; }
        svg .leq { stroke: #0b3c6f; stroke-width: 1.6; fill: none; stroke-linejoin: round; }
        svg .maximum { fill: #b3261e; }
        svg .bar { fill: #3b6ea5; }
        svg .event { fill: #1c7c74; }
        svg .event.loud { fill: #b3261e; }
        svg .lane { paint-order: stroke; stroke: #fff; stroke-width: 3px; }
        .scroll { overflow-x: auto; }
        table {
          border-collapse: collapse; width: 100%; font-size: 13.5px;
          font-variant-numeric: tabular-nums;
        }
        caption { text-align: left; font-size: 12.5px; color: #55606c; padding: 4px 0; }
        th, td { padding: 3px 8px; text-align: left; border-bottom: 1px solid #e1e6ea; }
        thead th {
          border-bottom: 1.5px solid #5a6570; font-weight: 600; font-size: 12.5px;
          vertical-align: bottom;
        }
        tbody th { font-weight: 400; white-space: nowrap; }
        td { white-space: nowrap; }
        td:last-child { white-space: normal; }
        .number { text-align: right; }
        footer { margin-top: 40px; font-size: 12.5px; color: #55606c; }
        @media (max-width: 620px) {
          main { padding: 18px 12px 32px; }
          h1 { font-size: 23px; }
          .subject { font-size: 16px; }
          figure svg.wide { display: none; }
          figure svg.narrow { display: block; }
          dl.facts { grid-template-columns: 1fr; gap: 0; }
          dl.facts dd { margin-bottom: 8px; }
          .figures { grid-template-columns: 1fr 1fr; }
          table { font-size: 12px; }
          th, td { padding: 3px; }
          thead th { font-size: 10px; }
          tbody th { white-space: normal; }
        }
        """

    private static let print = """
        @media print {
          body { font-size: 9.5pt; line-height: 1.35; }
          body { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          main { max-width: none; padding: 0; }
          figure svg.wide { display: block; }
          figure svg.narrow { display: none; }
          h2 { margin-top: 16px; padding-top: 6px; font-size: 12pt; break-after: avoid; }
          .running, .note, .key, figcaption, caption { font-size: 8pt; }
          .running { margin-bottom: 6px; }
          .note { margin: 4px 0; }
          footer { margin-top: 16px; }
          .running, caption { break-after: avoid; }
          .figures { grid-template-columns: repeat(4, 1fr); }
          .figures li, figure, tr, .state { break-inside: avoid; }
          thead { display: table-header-group; }
          table { font-size: 8.5pt; }
          thead th { font-size: 8pt; }
          th, td { padding: 1px 6px; }
          .scroll { overflow: visible; }
          section.short { break-inside: avoid; }
          section.long { break-before: page; }
        }
        """
}
