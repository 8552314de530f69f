#pragma once

#include "orgcompare/orgreading.h"

#include <QAbstractItemModel>

#include <utility>

namespace Orgtrace::Ui {

/// What the page's lists have in common: both show one comparison, narrowed by a text and a kind, of which 0 is every kind. Thread: GUI.
/// @tparam Model QAbstractItemModel or one made of it
template<typename Model> class OrgListModel : public Model
{
public:
    using Model::Model;

    /// The one before is given back, so that its end costs no frame.
    OrgComparisonPtr setComparison(OrgComparisonPtr comparison)
    {
        this->beginResetModel();
        std::swap(m_comparison, comparison);
        narrow(true);
        this->endResetModel();
        return comparison;
    }
    [[nodiscard]] const OrgComparisonPtr &comparison() const { return m_comparison; }

protected:
    void setFilterOf(const QString &text, int kind)
    {
        const QString folded = text.trimmed().toCaseFolded();
        if (folded == m_text && kind == m_kind) {
            return;
        }
        this->beginResetModel();
        m_text = folded;
        m_kind = kind;
        narrow(false);
        this->endResetModel();
    }
    /// @param folded what the text is looked for in, case-folded
    [[nodiscard]] bool lets(int kind, const QString &folded) const
    {
        return (m_kind == 0 || kind == m_kind) && (m_text.isEmpty() || folded.contains(m_text));
    }
    virtual void narrow(bool isNew) = 0; ///< finds what is shown, within a reset. @param isNew the comparison is another one

    OrgComparisonPtr m_comparison;

private:
    QString m_text;
    int m_kind = 0;
};

} // namespace Orgtrace::Ui
