#pragma once

#include <QWidget>

#include <memory>

namespace Orgtrace::Ui {

class Session;

/// The Access tab: what a subject may do as of A, as of B, or from A to B; how it holds a permission; who else could.
///
/// Models come from the session by job; rights and who-can are computed on workers, and late answers are dropped. What is not known is said first.
/// Thread: GUI. Borrows the session, which must outlive it.
class AccessPage final : public QWidget
{
    Q_OBJECT
public:
    explicit AccessPage(Session &session, QWidget *parent = nullptr);
    ~AccessPage() override;

    /// Shows a subject by id, and where given a permission ("domain:entity:action") of it.
    void showSubject(const QString &subjectId, const QString &permission = {});
    enum Mode { AsOfA, AsOfB, FromAToB };
    void setMode(Mode mode);

Q_SIGNALS:
    void accessShown(); ///< the tree holds the chosen subject's rights

protected:
    void showEvent(QShowEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
