#include "changes/facetstrip.h"

#include "theme/theme.h"

#include <QApplication>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int stripMargin = 10;
constexpr int chipHeight = 20;
constexpr int chipGap = 4;
constexpr int mostChipWidth = 150;
constexpr qsizetype fewValues = 6;
constexpr qsizetype manyValues = 40;

} // namespace

/// One value and its count. Wanted: filled; unwanted: struck through.
class FacetStrip::Chip final : public QPushButton
{
public:
    explicit Chip(QWidget *parent) : QPushButton(parent)
    {
        setCheckable(true);
        setAutoDefault(false);
        setFocusPolicy(Qt::TabFocus);
        setFont(Theme::smallFont());
    }
    void show(const ChangeFacet &facet, const ChangeFacet::Value &one, TermState state)
    {
        m_label = one.label;
        m_count = one.count >= 0 ? countText(one.count) : QString();
        m_severity = one.severity;
        m_isUnwanted = state == TermState::Unwanted;
        value = one.value;
        setChecked(state != TermState::Absent);
        setAccessibleName(one.count < 0 ? m_label
                                        : tr("%1 %2, %3").arg(facet.title, m_label, counted(one.count, tr("%1 change"), tr("%1 changes"))));
        setToolTip(one.count < 0
                       ? QString()
                       : tr("%1:%2\nClick to add it to the filter or take it away, with Alt to leave it out.").arg(facet.key, value));
        setVisible(true);
        update();
    }
    [[nodiscard]] int wanted() const
    {
        const QFontMetrics metrics(font());
        const int text = std::min(metrics.horizontalAdvance(m_label), mostChipWidth - 40);
        return 17 + (m_severity >= 0 ? 12 : 0) + text + (m_count.isEmpty() ? 0 : 5 + metrics.horizontalAdvance(m_count));
    }
    QString value;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(hasFocus() || isChecked() ? Theme::accent() : Theme::hairline(), 1));
        painter.setBrush(isChecked() ? Theme::accentTint() : underMouse() ? Theme::panel() : Theme::page());
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 9, 9);
        if (hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(rect()).adjusted(1.5, 1.5, -1.5, -1.5), 8, 8);
        }
        int x = 7;
        if (m_severity >= 0) {
            paintSeverity(painter, QRectF(x, (height() - 8) / 2.0, 8, 8), static_cast<Policy::Severity>(m_severity));
            x += 12;
        }
        const QFontMetrics metrics(font());
        const int countWide = m_count.isEmpty() ? 0 : metrics.horizontalAdvance(m_count);
        const int room = width() - x - 7 - (countWide > 0 ? countWide + 5 : 0);
        QFont one = font();
        one.setStrikeOut(m_isUnwanted);
        painter.setFont(one);
        painter.setPen(Theme::text());
        painter.drawText(QRect(x, 0, room, height()), Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(m_label, Qt::ElideRight, room));
        painter.setFont(font());
        painter.setPen(Theme::mutedText());
        painter.drawText(QRect(width() - 7 - countWide, 0, countWide, height()), Qt::AlignRight | Qt::AlignVCenter, m_count);
    }

private:
    QString m_label, m_count;
    int m_severity = -1;
    bool m_isUnwanted = false;
};

FacetStrip::FacetStrip(QWidget *parent) : QWidget(parent)
{
    setAccessibleName(tr("Facets of the changes"));
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void FacetStrip::setFacets(const QList<ChangeFacet> &facets, const QString &query)
{
    if (facets == m_facets && query == m_query) {
        return;
    }
    m_facets = facets;
    m_query = query;
    rebuild();
}

void FacetStrip::rebuild()
{
    while (m_lines.size() < m_facets.size()) {
        Line line;
        line.label = new QLabel(this);
        line.label->setProperty("muted", true);
        line.label->setFont(Theme::smallFont());
        m_lines.append(line);
    }
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        Line &line = m_lines[i];
        const bool isThere = i < m_facets.size() && !m_facets.at(i).values.isEmpty();
        line.label->setVisible(isThere);
        line.used = 0;
        if (isThere) {
            const ChangeFacet &facet = m_facets.at(i);
            line.key = facet.key;
            line.label->setText(facet.title);
            const bool isOpen = m_opened.contains(facet.key);
            const qsizetype limit = isOpen ? manyValues : fewValues;
            const auto put = [&](const ChangeFacet::Value &value, TermState state) {
                if (line.used == line.chips.size()) {
                    auto *chip = new Chip(this);
                    connect(chip, &QPushButton::clicked, this, [this, chip, i] {
                        const QString key = m_lines.at(i).key;
                        if (chip->value.isEmpty()) { // "more", "fewer"
                            if (!m_opened.removeOne(key)) {
                                m_opened.append(key);
                            }
                            rebuild();
                            return;
                        }
                        Q_EMIT toggled(key, chip->value, QApplication::keyboardModifiers() & Qt::AltModifier);
                    });
                    line.chips.append(chip);
                }
                line.chips.at(line.used)->show(facet, value, state);
                ++line.used;
            };
            qsizetype left = 0;
            for (qsizetype at = 0; at < facet.values.size(); ++at) {
                const ChangeFacet::Value &value = facet.values.at(at);
                const TermState state = queryTermState(m_query, facet.key, value.value);
                if (at < limit || state != TermState::Absent) { // what the query names is never out of sight
                    put(value, state);
                } else {
                    ++left;
                }
            }
            if (left > 0 && !isOpen) {
                put({QString(), tr("%1 more …").arg(countText(left)), -1, -1}, TermState::Absent);
            } else if (isOpen) {
                put({QString(), tr("fewer"), -1, -1}, TermState::Absent);
            }
        }
        for (int at = line.used; at < line.chips.size(); ++at) {
            line.chips.at(at)->hide();
        }
    }
    layOut(width(), true);
    updateGeometry();
}

int FacetStrip::layOut(int width, bool isReal) const
{
    int y = 4;
    for (const Line &line : m_lines) {
        if (line.used == 0) {
            continue;
        }
        const int labelHeight = QFontMetrics(line.label->font()).height();
        if (isReal) {
            line.label->setGeometry(stripMargin, y, width - 2 * stripMargin, labelHeight);
        }
        y += labelHeight + 2;
        int x = stripMargin;
        for (int i = 0; i < line.used; ++i) {
            const int wide = std::min(line.chips.at(i)->wanted(), std::max(40, width - 2 * stripMargin));
            if (x > stripMargin && x + wide > width - stripMargin) {
                x = stripMargin;
                y += chipHeight + chipGap;
            }
            if (isReal) {
                line.chips.at(i)->setGeometry(x, y, wide, chipHeight);
            }
            x += wide + chipGap;
        }
        y += chipHeight + 6;
    }
    return y + 2;
}

int FacetStrip::heightForWidth(int width) const
{
    return layOut(width, false);
}

QSize FacetStrip::sizeHint() const
{
    return {280, layOut(std::max(width(), 200), false)};
}

void FacetStrip::resizeEvent(QResizeEvent *event)
{
    layOut(width(), true);
    QWidget::resizeEvent(event);
}

QPushButton *FacetStrip::button(const QString &key, const QString &value) const
{
    for (const Line &line : m_lines) {
        for (int i = 0; line.key == key && i < line.used; ++i) {
            if (line.chips.at(i)->value == value) {
                return line.chips.at(i);
            }
        }
    }
    return nullptr;
}

} // namespace Orgtrace::Ui
