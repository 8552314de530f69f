#include "theme/theme.h"

#include "theme/housestyle.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetrics>
#include <QPainter>
#include <QStyleHints>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

QColor pick(QRgb light, QRgb dark)
{
    return QColor::fromRgb(Theme::isDark() ? dark : light);
}

Theme::Scheme s_scheme = Theme::Scheme::System;

QPalette paletteFor(bool dark)
{
    const auto colour = [dark](QRgb light, QRgb darkValue) { return QColor::fromRgb(dark ? darkValue : light); };
    const QColor text = colour(0x171b21, 0xe8ebf0);
    const QColor muted = colour(0x5f6b7a, 0x98a1ae);
    const QColor page = colour(0xffffff, 0x1e2127);
    const QColor panel = colour(0xf5f6f8, 0x252931);
    const QColor accent = colour(0x1f5fd0, 0x6aa3ff);
    QPalette palette;
    palette.setColor(QPalette::Window, page);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, page);
    palette.setColor(QPalette::AlternateBase, panel);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::Button, page);
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, colour(0xb3001b, 0xff6b74));
    palette.setColor(QPalette::PlaceholderText, muted);
    palette.setColor(QPalette::ToolTipBase, panel);
    palette.setColor(QPalette::ToolTipText, text);
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, colour(0xffffff, 0x10151d));
    palette.setColor(QPalette::Accent, accent);
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::LinkVisited, accent);
    palette.setColor(QPalette::Light, colour(0xffffff, 0x363c47));
    palette.setColor(QPalette::Midlight, colour(0xeef0f3, 0x2c313a));
    palette.setColor(QPalette::Mid, colour(0xd9dde3, 0x363c47));
    palette.setColor(QPalette::Dark, colour(0xb3bac4, 0x14161a));
    palette.setColor(QPalette::Shadow, colour(0x8a93a0, 0x0b0c0f));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText}) {
        palette.setColor(QPalette::Disabled, role, colour(0x9aa3ae, 0x6b7480));
    }
    return palette;
}

QString styleSheet()
{
    // Only what a palette cannot say. Colours are written out, so the sheet is made anew when the scheme changes.
    QString sheet = uR"(
QToolTip { color: @text; background: @panel; border: 1px solid @hairline; padding: 4px 6px; }
QPushButton, QToolButton[bar="true"] { color: @text; background: @page; border: 1px solid @hairline; border-radius: 4px; padding: 5px 11px; }
QPushButton:hover, QToolButton[bar="true"]:hover { border-color: @muted; }
QPushButton:focus, QToolButton[bar="true"]:focus { border-color: @accent; }
QPushButton:pressed, QToolButton[bar="true"]:pressed { background: @tint; }
QPushButton:disabled, QToolButton[bar="true"]:disabled { color: @disabled; background: @panel; }
QPushButton[primary="true"] { color: @onaccent; background: @accent; border-color: @accent; }
QPushButton[primary="true"]:hover, QPushButton[primary="true"]:focus { border-color: @text; }
QPushButton[primary="true"]:disabled { color: @disabled; background: @panel; border-color: @hairline; }
QPushButton[flat="true"] { border-color: transparent; background: transparent; padding: 3px 7px; }
QPushButton[flat="true"]:focus { border-color: @accent; }
QToolButton[bar="true"]::menu-indicator { image: none; }
QToolButton[bar="true"][popupMode="1"] { padding-right: 28px; }
QToolButton[bar="true"]::menu-button { border: none; border-left: 1px solid @hairline; width: 20px; margin: 4px 0px; background: transparent; }
QToolButton[bar="true"]::menu-button:hover { background: @tint; }
QLineEdit { color: @text; background: @page; border: 1px solid @hairline; border-radius: 4px; padding: 4px 8px; selection-background-color: @accent;
    selection-color: @onaccent; }
QLineEdit:focus { border-color: @accent; }
QComboBox QLineEdit, QAbstractSpinBox QLineEdit { border: none; border-radius: 0; padding: 0; background: transparent; }
QComboBox QAbstractItemView { color: @text; background: @page; border: 1px solid @hairline; outline: none; padding: 2px; }
QSplitter::handle { background: @hairline; }
QTabBar { background: @panel; }
QTabBar::tab { color: @muted; background: @panel; padding: 8px 15px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; background: @page; border-bottom: 2px solid @accent; font-weight: 600; }
QTabBar::tab:hover:!selected { color: @text; }
QTabBar::tab:focus { color: @accent; }
QMenu { background: @page; border: 1px solid @hairline; padding: 4px; }
QMenu::item { padding: 5px 22px 5px 12px; }
QMenu::item:selected { background: @tint; color: @text; }
QMenu::item:disabled { color: @disabled; }
QMenu::separator { height: 1px; background: @hairline; margin: 4px 6px; }
QScrollBar:vertical { background: @page; width: 11px; margin: 0; }
QScrollBar:horizontal { background: @page; height: 11px; margin: 0; }
QScrollBar::handle { background: @hairline; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QAbstractScrollArea::corner { background: @page; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractItemView { selection-background-color: @tint; selection-color: @text; }
QHeaderView { background: @page; border: none; }
QHeaderView::section { color: @muted; background: @page; border: none; border-bottom: 1px solid @hairline; padding: 4px 4px; font-weight: 600; }
QWidget[panel="true"] { background: @panel; }
QLabel[muted="true"] { color: @muted; }
QLabel[heading="true"] { font-weight: 600; }
QFrame[card="true"] { background: @panel; border: 1px solid @hairline; border-radius: 6px; }
QPushButton[flat="true"]:checked { color: @text; background: @tint; }
QPushButton[flat="true"]:checked:focus { border-color: @accent; }
QWidget[hairline="true"] { background: @hairline; border: none; }
QProgressBar { background: @panel; border: 1px solid @hairline; border-radius: 3px; max-height: 8px; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }
)"_s;
    const std::pair<QLatin1StringView, QColor> colours[] = {
        {"@text"_L1, Theme::text()},         {"@page"_L1, Theme::page()},       {"@panel"_L1, Theme::panel()},
        {"@hairline"_L1, Theme::hairline()}, {"@muted"_L1, Theme::mutedText()}, {"@accent"_L1, Theme::accent()},
        {"@onaccent"_L1, Theme::onAccent()}, {"@tint"_L1, Theme::accentTint()}, {"@disabled"_L1, pick(0x9aa3ae, 0x6b7480)},
    };
    for (const auto &[name, colour] : colours) {
        sheet.replace(name, colour.name());
    }
    return sheet;
}

void applyNow()
{
    bool dark = s_scheme == Theme::Scheme::Dark;
    if (s_scheme == Theme::Scheme::System) {
        dark = QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Dark;
    }
    QApplication::setPalette(paletteFor(dark));
    qApp->setStyleSheet(styleSheet());
}

} // namespace

bool Theme::isDark()
{
    const QPalette palette = QGuiApplication::palette();
    return palette.color(QPalette::WindowText).lightness() > palette.color(QPalette::Window).lightness();
}

void Theme::apply(Scheme scheme)
{
    static bool following = false;
    s_scheme = scheme;
    QApplication::setStyle(new HouseStyle);
    applyNow();
    if (!following) {
        following = true;
        QObject::connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, qApp, [] {
            if (s_scheme == Scheme::System) {
                applyNow();
            }
        });
    }
}

QColor Theme::accent()
{
    return pick(0x1f5fd0, 0x6aa3ff);
}
QColor Theme::accentTint()
{
    return pick(0xdfe9fb, 0x2d3d5c);
}
QColor Theme::onAccent()
{
    return pick(0xffffff, 0x10151d);
}

QColor Theme::severity(Policy::Severity severity)
{
    switch (severity) {
    case Policy::Severity::Critical: return pick(0xb3001b, 0xff6b74);
    case Policy::Severity::High: return pick(0xb85c00, 0xffa24d);
    case Policy::Severity::Medium: return pick(0x8a6d00, 0xe3c04f);
    case Policy::Severity::Low: break;
    }
    return pick(0x5f6b7a, 0x8d97a6);
}

QPainterPath Theme::severityShape(Policy::Severity severity, const QRectF &box)
{
    const qreal side = std::min(box.width(), box.height());
    const QRectF square(box.center().x() - side / 2, box.center().y() - side / 2, side, side);
    QPainterPath path;
    switch (severity) {
    case Policy::Severity::Critical:
        path.moveTo(square.center().x(), square.top());
        path.lineTo(square.right(), square.center().y());
        path.lineTo(square.center().x(), square.bottom());
        path.lineTo(square.left(), square.center().y());
        path.closeSubpath();
        break;
    case Policy::Severity::High: {
        const qreal inset = side * 0.04;
        path.moveTo(square.center().x(), square.top() + inset);
        path.lineTo(square.right(), square.bottom() - inset);
        path.lineTo(square.left(), square.bottom() - inset);
        path.closeSubpath();
        break;
    }
    case Policy::Severity::Medium: {
        const qreal inset = side * 0.09;
        path.addRect(square.adjusted(inset, inset, -inset, -inset));
        break;
    }
    case Policy::Severity::Low: {
        const qreal inset = side * 0.12;
        path.addEllipse(square.adjusted(inset, inset, -inset, -inset));
        break;
    }
    }
    return path;
}

QColor Theme::added()
{
    return pick(0x1a7f37, 0x56c27a);
}
QColor Theme::removed()
{
    return pick(0xb3001b, 0xff6b74);
}
QColor Theme::changed()
{
    return pick(0x8a6d00, 0xe3c04f);
}
QColor Theme::rowAdded()
{
    return pick(0xe3f5e8, 0x1f3a2b);
}
QColor Theme::rowRemoved()
{
    return pick(0xfde7e9, 0x3d2428);
}
QColor Theme::rowChanged()
{
    return pick(0xfff6da, 0x3a3420);
}
QColor Theme::markChanged()
{
    return pick(0xf3dc8e, 0x6b5a22);
}
QColor Theme::markAdded()
{
    return pick(0xa9dfb9, 0x2f6b47);
}
QColor Theme::markRemoved()
{
    return pick(0xf5b3b8, 0x7a3038);
}
QColor Theme::panel()
{
    return pick(0xf5f6f8, 0x252931);
}
QColor Theme::page()
{
    return pick(0xffffff, 0x1e2127);
}
QColor Theme::text()
{
    return pick(0x171b21, 0xe8ebf0);
}
QColor Theme::hairline()
{
    return pick(0xd9dde3, 0x363c47);
}
QColor Theme::mutedText()
{
    return pick(0x5f6b7a, 0x98a1ae);
}
QColor Theme::hatch()
{
    return pick(0xd2d7de, 0x3c434f);
}
QColor Theme::chip()
{
    return pick(0xf0f2f5, 0x2c313a);
}

QFont Theme::monospace()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setStyleHint(QFont::Monospace);
    font.setPointSizeF(QApplication::font().pointSizeF() * 0.95);
    return font;
}

QFont Theme::smallFont()
{
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * 0.88);
    return font;
}

int Theme::rowHeight()
{
    return std::max(26, QFontMetrics(QApplication::font()).height() + 8);
}

void paintSeverity(QPainter &painter, const QRectF &box, Policy::Severity severity)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::severity(severity));
    painter.drawPath(Theme::severityShape(severity, box));
    painter.restore();
}

QString shortId(const QString &id)
{
    return id.size() <= 12 ? id : id.first(4) + u'…' + id.last(4);
}

QString utcText(const QDateTime &utc)
{
    if (!utc.isValid()) {
        return QCoreApplication::translate("Ui", "unknown time");
    }
    return QLocale::c().toString(utc.toUTC(), u"d MMM yyyy HH:mm"_s) + u" UTC"_s;
}

QString utcAndLocalText(const QDateTime &utc)
{
    if (!utc.isValid()) {
        return utcText(utc);
    }
    const QDateTime local = utc.toLocalTime();
    const bool sameDay = local.date() == utc.toUTC().date();
    const QString localText = QLocale::c().toString(local, sameDay ? u"HH:mm"_s : u"d MMM HH:mm"_s);
    return utcText(utc) + u" · "_s + QCoreApplication::translate("Ui", "%1 local").arg(localText);
}

QString severityText(Policy::Severity severity)
{
    switch (severity) {
    case Policy::Severity::Critical: return QCoreApplication::translate("Ui", "Critical");
    case Policy::Severity::High: return QCoreApplication::translate("Ui", "High");
    case Policy::Severity::Medium: return QCoreApplication::translate("Ui", "Medium");
    case Policy::Severity::Low: break;
    }
    return QCoreApplication::translate("Ui", "Low");
}

QString countText(qint64 count)
{
    QLocale locale = QLocale::c();
    locale.setNumberOptions(QLocale::DefaultNumberOptions); // the C locale leaves the groups out
    return locale.toString(count);
}

QString counted(qint64 count, const QString &one, const QString &many)
{
    const QString &text = count == 1 ? one : many;
    return text.contains(u"%1"_s) ? text.arg(countText(count)) : text;
}

QString durationText(qint64 ms)
{
    const qint64 seconds = std::max<qint64>(0, (ms + 500) / 1000);
    if (seconds < 90) {
        return QCoreApplication::translate("Ui", "%1 s").arg(seconds);
    }
    const qint64 minutes = (seconds + 30) / 60;
    if (minutes < 90) {
        return QCoreApplication::translate("Ui", "%1 min").arg(minutes);
    }
    const qint64 hours = (minutes + 30) / 60;
    if (hours < 72) {
        return QCoreApplication::translate("Ui", "%1 h").arg(hours);
    }
    const qint64 days = hours / 24;
    const qint64 rest = hours % 24;
    return rest == 0 ? QCoreApplication::translate("Ui", "%1 d").arg(days)
                     : QCoreApplication::translate("Ui", "%1 d %2 h").arg(days).arg(rest);
}

} // namespace Orgtrace::Ui
