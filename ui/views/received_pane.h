// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QComboBox;
class QLabel;
class QToolButton;

namespace swb::ui {

class ByteView;
class Session;

/// The end of what the selected connection has received.
class ReceivedPane : public QWidget {
    Q_OBJECT
public:
    explicit ReceivedPane(Session& session, QWidget* parent = nullptr);
    ByteView* view() const { return m_view; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void look();
    void take();
    void clear();
    void copy();

    Session& m_session;
    ByteView* m_view;
    QComboBox* m_mode;
    QLabel* m_count;
    QToolButton* m_copy;
    QToolButton* m_clear;
    QTimer m_pause; ///< Between two looks at many bytes.
    std::uint32_t m_shownNode = 0;
    std::uint64_t m_shownTotal = 0;
};

} // namespace swb::ui
