// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/peers/peer.h"

#include <QDialog>

#include <optional>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace swb::ui {

class AddressForm;

/// Asks where to listen, or which demo peer to start where. On loopback unless the user switches
/// "all interfaces" on. The window stays usable while it is open.
class ListenDialog : public QDialog {
    Q_OBJECT
public:
    enum class Kind { Listener, DemoPeer };

    explicit ListenDialog(Kind kind, QWidget* parent = nullptr);

signals:
    void listenerChosen(const swb::Address& address);
    void peerChosen(const swb::peers::PeerOptions& options);

private:
    QWidget* buildPeerRows();
    void update();
    void finish();
    std::optional<std::uint64_t> rate() const;
    peers::PeerKind peerKind() const;

    Kind m_kind;
    AddressForm* m_form;
    QPushButton* m_start;
    QComboBox* m_peer = nullptr;
    QLabel* m_does = nullptr;
    QLabel* m_rateLabel = nullptr;
    QLineEdit* m_rate = nullptr;
    QLabel* m_rateError = nullptr;
};

} // namespace swb::ui
