#pragma once

#include <QHash>
#include <QList>
#include <QString>

#include <functional>

namespace Orgtrace::Ui {

/// Untrusted text made fit for one line on screen: controls, line breaks, bidirectional overrides and invisible characters become visible
/// symbols, and what is longer than `maxLength` is cut with an ellipsis. For display only: copies take the real text.
[[nodiscard]] QString visibleText(const QString &text, qsizetype maxLength = 160);

/// True for the 8-4-4-4-12 hex form of the platform's ids.
[[nodiscard]] bool isUuid(QStringView text);

/// Ids inside a text replaced by their names, else shortened: for breadcrumbs and sentences.
[[nodiscard]] QString withNames(const QString &text, const std::function<QString(const QString &id)> &nameOf);

/// How one source line is shown: what is hidden made visible, ids shortened, room left for name chips. Units are UTF-16.
struct DisplayLine {
    struct Chip {
        int start = 0, length = 0; ///< display units of blanks over which the chip is painted
        QString name;
    };
    struct Id {
        int start = 0, length = 0; ///< display units of the shortened id
        QString full;
    };
    QString text;
    QList<int> sourceOf; ///< source index of each display unit, and one past the end; empty: the same
    QList<Chip> chips;
    QList<Id> ids;

    [[nodiscard]] int toDisplay(int source) const; ///< first display unit at or behind it
    [[nodiscard]] int toSource(int display) const;
};

struct DisplayOptions {
    std::function<QString(const QString &id)> nameOf; ///< empty text: no chip
    std::function<int(const QString &name)> chipColumns; ///< blanks that a chip needs
};

/// @param source one line of canonical JSON, already cut to a bearable length.
[[nodiscard]] DisplayLine displayLine(const QString &source, const DisplayOptions &options);

/// The parts of a canonical line; lengths 0 where there are none. The value is the scalar with its quotes, or the bracket.
struct LineParts {
    int keyStart = 0, keyLength = 0; ///< with quotes
    int valueStart = 0, valueLength = 0; ///< without the trailing comma
    [[nodiscard]] bool hasKey() const { return keyLength > 0; }
};
[[nodiscard]] LineParts lineParts(QStringView line);

} // namespace Orgtrace::Ui
