#pragma once

#include "changes/changetree.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace Orgtrace::Ui {

/// The facets of the change list: for each key its values with counts; a click adds the term to the query or takes it away, with Alt it is left out instead.
/// Buttons, so that Tab, Space and screen readers find them; few, so that the strip stays narrow. Thread: GUI.
class FacetStrip final : public QWidget
{
    Q_OBJECT
public:
    explicit FacetStrip(QWidget *parent = nullptr);

    void setFacets(const QList<ChangeFacet> &facets, const QString &query);
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QPushButton *button(const QString &key, const QString &value) const; ///< nullptr: not among those shown

Q_SIGNALS:
    void toggled(const QString &key, const QString &value, bool isNegated);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    class Chip;
    int layOut(int width, bool isReal) const;
    void rebuild();

    QList<ChangeFacet> m_facets;
    QString m_query;
    QStringList m_opened; ///< keys all of whose values are shown
    struct Line {
        QString key;
        QLabel *label = nullptr;
        QList<Chip *> chips; ///< kept and used again
        int used = 0;
    };
    QList<Line> m_lines;
};

} // namespace Orgtrace::Ui
