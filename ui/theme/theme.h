#pragma once

#include "policy/policy.h"

#include <QColor>
#include <QFont>
#include <QPainterPath>
#include <QRectF>

class QPainter;

namespace Orgtrace::Ui {

/// The visual language, everywhere the same (design, "The window"): one accent; severity by shape and colour; pale row tints; hairlines, not boxes.
/// Follows the application palette: dark when the window text is lighter than the window.
/// Thread: GUI.
class Theme
{
public:
    [[nodiscard]] static bool isDark();
    /// Sets Fusion with our light or dark palette and the application style sheet; `forced` for screenshots, else the system's scheme is followed live.
    enum class Scheme { System, Light, Dark };
    static void apply(Scheme scheme);

    [[nodiscard]] static QColor accent(); ///< #1f5fd0 / #6aa3ff
    [[nodiscard]] static QColor accentTint(); ///< selected row, range between A and B
    [[nodiscard]] static QColor onAccent(); ///< text on the accent
    [[nodiscard]] static QColor severity(Policy::Severity severity);
    [[nodiscard]] static QPainterPath severityShape(Policy::Severity severity, const QRectF &box); ///< diamond, triangle, square, dot
    [[nodiscard]] static QColor added(); ///< strong; rowAdded() is its pale tint
    [[nodiscard]] static QColor removed();
    [[nodiscard]] static QColor changed();
    [[nodiscard]] static QColor rowAdded();
    [[nodiscard]] static QColor rowRemoved();
    [[nodiscard]] static QColor rowChanged();
    [[nodiscard]] static QColor markChanged(); ///< the changed words
    [[nodiscard]] static QColor markAdded();
    [[nodiscard]] static QColor markRemoved();
    [[nodiscard]] static QColor panel(); ///< headers, cards, bars: a shade beside the page
    [[nodiscard]] static QColor page(); ///< the page itself
    [[nodiscard]] static QColor text();
    [[nodiscard]] static QColor hairline();
    [[nodiscard]] static QColor mutedText();
    [[nodiscard]] static QColor hatch();
    [[nodiscard]] static QColor chip(); ///< background of a name chip
    [[nodiscard]] static QFont monospace();
    [[nodiscard]] static QFont smallFont(); ///< one step below the application's font, for notes and chips
    [[nodiscard]] static int rowHeight(); ///< 26 at 96 dpi, grows with the font
};

/// Paints one severity mark, for delegates and headers.
void paintSeverity(QPainter &painter, const QRectF &box, Policy::Severity severity);

/// Display helpers shared by every view.
[[nodiscard]] QString shortId(const QString &id); ///< "c1f7…9e02"
[[nodiscard]] QString utcText(const QDateTime &utc); ///< "17 Oct 2026 08:24 UTC"
[[nodiscard]] QString utcAndLocalText(const QDateTime &utc); ///< "17 Oct 2026 08:24 UTC · 10:24 local"
[[nodiscard]] QString severityText(Policy::Severity severity); ///< translated, "Critical"
/// A count with grouped digits, e.g. "1,214", the same in every locale's report and picture.
[[nodiscard]] QString countText(qint64 count);
/// One form or the other, with %1 as the count: the program's own English needs no translation file for its plurals.
[[nodiscard]] QString counted(qint64 count, const QString &one, const QString &many);
/// A length of time in the two largest units that matter: "26 h", "3 d 4 h", "12 min", "40 s".
[[nodiscard]] QString durationText(qint64 ms);

} // namespace Orgtrace::Ui
