#pragma once

#include "changes/changetree.h"

/// How the rows of a change tree are put together: changes (changetree.cpp), and what stands beside them (leftoutrows.cpp). For ui/changes only.
namespace Orgtrace::Ui {

/// Puts rows into the flat list and keeps places right.
class ChangeTreeBuilder
{
public:
    explicit ChangeTreeBuilder(ChangeTree &tree) : m_tree(tree) { }
    int add(int parent, ChangeRow row)
    {
        const int at = static_cast<int>(m_tree.rows.size());
        QList<int> &siblings = parent < 0 ? m_tree.top : m_tree.rows[parent].children;
        row.parent = parent;
        row.place = static_cast<int>(siblings.size());
        siblings.append(at);
        m_tree.rows.append(std::move(row));
        return at;
    }
    [[nodiscard]] qsizetype childCount(int row) const { return m_tree.rows.at(row).children.size(); }
    void count(int row) ///< one change more, all the way up
    {
        for (; row >= 0; row = m_tree.rows.at(row).parent) {
            ++m_tree.rows[row].count;
        }
    }

private:
    ChangeTree &m_tree;
};

/// What was not seen on both sides, by domain.
void addNotComparable(ChangeTreeBuilder &builder, const Operations::RangeFindings &range);

/// Everything that differs and is no change, so that nothing is hidden without a trace: by reason, then domain.
void addLeftOut(ChangeTreeBuilder &builder, const Operations::RangeFindings &range);

} // namespace Orgtrace::Ui
