--- The service's response codes with their names. The texts of a real service change by release; only the numbers count.
return {
  [0] = "Unknown Error", [1] = "Error on Parsing", [2] = "Cannot authorize App user", [3] = "Could not authenticate",
  [4] = "Policy Validation error", [5] = "Device logon disabled", [6] = "Database Error", [7] = "Logout Request Error",
  [8] = "Query type undetermined", [9] = "Dir. User Info Error", [10] = "User lacks app proxy rights",
  [11] = "Device does not exist", [12] = "Dev. Profile not found",
  [18] = "Device Already Logged In: The system could not log in to the specified device because a user is already logged in.",
  [19] = "No user logged in", [20] = "Hoteling flag error", [21] = "Hoteling Status error", [22] = "Device logon disabled",
  [23] = "User not found", [25] = "User logged in elsewhere", [26] = "Busy, please try again", [27] = "Change Password",
  [28] = "Untrusted IP Error", [29] = "RIS down-contact admin", [30] = "Proxy not allowed",
  [31] = "EMCC Not Activated for the user", [32] = "Device does not support EMCC", [33] = "No free EMCC dummy device",
  [35] = "Visiting Cluster Information is not present in Home Cluster", [36] = "No Remote Cluster", [37] = "Duplicate Device Name",
  [38] = "EMCC Not Allowed", [39] = "Configuration Issue", [40] = "No Response from Remote Host", [41] = "PIN change is required",
  [42] = "Invalid ClusterID", [43] = "Device Security mode error", [45] = "Remote Cluster version not supported",
  [46] = "Remote Cluster security mode not supported", [47] = "DN has multiple users",
}
