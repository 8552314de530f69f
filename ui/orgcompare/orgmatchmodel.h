#pragma once

#include "orgcompare/orglistmodel.h"

#include <QAbstractTableModel>

namespace Orgtrace::Ui {

/// The matching as a table: domain, left, right, how; narrowed by a text and a kind. Thread: GUI.
class OrgMatchModel final : public OrgListModel<QAbstractTableModel>
{
    Q_OBJECT
public:
    enum Column { DomainColumn, LeftColumn, RightColumn, HowColumn, ColumnCount };
    enum class Kind { Any, SameId, SameName, ByHand, Ambiguous, OnlyLeft, OnlyRight };
    static constexpr int Kinds = 7;

    using OrgListModel::OrgListModel;

    void setFilter(const QString &text, Kind kind) { setFilterOf(text, static_cast<int>(kind)); }
    [[nodiscard]] const MatchLine *line(int row) const; ///< nullptr where there is none
    [[nodiscard]] int rowOf(const QString &domain, const std::optional<QString> &left,
                            const std::optional<QString> &right) const; ///< of either; -1
    [[nodiscard]] QList<qint64> counts() const { return m_counts; } ///< by Kind
    [[nodiscard]] QList<int> shown() const { return m_rows; } ///< as places in OrgComparison::lines

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    void narrow(bool isNew) override;

    QList<int> m_rows;
    QList<qint64> m_counts;
};

[[nodiscard]] OrgMatchModel::Kind matchKindOf(const MatchLine &line);
[[nodiscard]] QString matchText(const MatchLine &line); ///< how it was matched, in words
/// In words, for the clipboard, ids whole. Pure; any thread.
[[nodiscard]] QString matchingText(const OrgComparison &comparison, const QList<int> &lines);

/// What could be the twin of one side of a line, best first: the same name, then who has no twin yet, then the others; at most `most`.
struct TwinCandidate {
    QString id, name, nowTwinOf; ///< the last empty: it has none
    bool isAmbiguous = false;
};
struct TwinCandidates {
    QList<TwinCandidate> best;
    qint64 all = 0; ///< that fit what was typed
};
[[nodiscard]] TwinCandidates twinCandidates(const OrgComparison &comparison, const MatchLine &line, bool onRight, const QString &typed,
                                            qsizetype most = 100);

} // namespace Orgtrace::Ui
